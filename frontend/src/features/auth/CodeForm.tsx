import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { FormAlert } from "@/components/ui/FormAlert";
import * as rules from "@/features/auth/rules";
import { api, call } from "@/lib/api";
import { placeErrors } from "@/lib/forms";

type CodeFormProps = { email?: string; onVerified: () => void | Promise<void> };

const codeRules = z.object({ email: rules.email(), code: rules.code() });

/** The 6-digit code from the mail; asks for the address only when nobody knows it yet. */
export function CodeForm({ email, onVerified }: CodeFormProps) {
  const { t } = useTranslation();
  const form = useForm({ resolver: zodResolver(codeRules), defaultValues: { email: email ?? "", code: "" } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (body) => {
    try {
      await call(api.POST("/api/v1/auth/verify-email", { body }));
      await onVerified();
    } catch (error) {
      form.setError("root", { message: placeErrors(form, error) ?? "" });
    }
  });
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <FormAlert message={errors.root?.message} />
      {!email && (
        <Field label={t("auth.email")} error={errors.email?.message}>
          {(wiring) => <Input {...wiring} {...form.register("email")} type="email" autoComplete="username" />}
        </Field>
      )}
      <Field label={t("auth.code")} error={errors.code?.message}>
        {(wiring) => (
          <Input
            {...wiring}
            {...form.register("code")}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={6}
            className="font-semibold text-xl tracking-[0.4em]"
            data-testid="verify-code"
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" busy={isSubmitting}>
        {t("auth.code_submit")}
      </Button>
    </form>
  );
}
