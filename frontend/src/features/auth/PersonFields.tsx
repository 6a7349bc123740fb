import type { UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Input } from "@/components/ui/Field";

export type PersonForm = { name: string; email: string; password: string };

/** Name, email and a new password: the same for a member and for the first operator. */
export function PersonFields({ form }: { form: UseFormReturn<PersonForm> }) {
  const { t } = useTranslation();
  const { errors } = form.formState;
  return (
    <>
      <Field label={t("auth.name")} hint={t("auth.name_hint")} error={errors.name?.message}>
        {(wiring) => (
          <Input {...wiring} {...form.register("name")} autoComplete="nickname" data-testid="register-name" />
        )}
      </Field>
      <Field label={t("auth.email")} error={errors.email?.message}>
        {(wiring) => (
          <Input
            {...wiring}
            {...form.register("email")}
            type="email"
            autoComplete="username"
            data-testid="register-email"
          />
        )}
      </Field>
      <Field label={t("auth.password")} hint={t("auth.password_hint")} error={errors.password?.message}>
        {(wiring) => (
          <Input
            {...wiring}
            {...form.register("password")}
            type="password"
            autoComplete="new-password"
            data-testid="register-password"
          />
        )}
      </Field>
    </>
  );
}
