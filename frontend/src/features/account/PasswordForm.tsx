import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { FormAlert } from "@/components/ui/FormAlert";
import { api, call } from "@/lib/api";
import { placeErrors } from "@/lib/forms";
import { i18next } from "@/lib/i18n";
import { keys } from "@/lib/queries";
import { openSession } from "@/lib/session";
import { toast } from "@/lib/toast";

const PASSWORD_MIN = 10;

const passwordRules = z.object({
  current: z.string().min(1, i18next.t("auth.required")),
  new: z.string().min(PASSWORD_MIN, i18next.t("auth.password_short")),
});

const EMPTY = { current: "", new: "" };

/** A new password ends every other session, so this device gets a fresh one with the answer. */
export function PasswordForm({ email }: { email: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({ resolver: zodResolver(passwordRules), defaultValues: EMPTY });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (body) => {
    try {
      openSession(await call(api.POST("/api/v1/auth/password/change", { body })));
      form.reset(EMPTY);
      void toast(t("account.password_changed"));
      await client.invalidateQueries({ queryKey: keys.sessions });
    } catch (error) {
      form.setError("root", { message: placeErrors(form, error) ?? "" });
    }
  });
  return (
    <form onSubmit={submit} noValidate className="flex max-w-sm flex-col gap-5">
      <FormAlert message={errors.root?.message} />
      {/* Password managers file the new password under this name. */}
      <input type="text" name="username" value={email} readOnly autoComplete="username" hidden />
      <Field label={t("account.old_password")} error={errors.current?.message}>
        {(wiring) => (
          <Input {...wiring} {...form.register("current")} type="password" autoComplete="current-password" />
        )}
      </Field>
      <Field label={t("auth.new_password")} hint={t("auth.password_hint")} error={errors.new?.message}>
        {(wiring) => <Input {...wiring} {...form.register("new")} type="password" autoComplete="new-password" />}
      </Field>
      <Button type="submit" className="self-start" busy={isSubmitting}>
        {t("account.change_password")}
      </Button>
    </form>
  );
}
