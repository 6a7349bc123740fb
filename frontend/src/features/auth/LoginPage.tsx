import { zodResolver } from "@hookform/resolvers/zod";
import { Link, useSearch } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { FormAlert } from "@/components/ui/FormAlert";
import { AuthFrame, TEXT_LINK } from "@/features/auth/AuthFrame";
import { loginRules } from "@/features/auth/rules";
import { api, call } from "@/lib/api";
import { placeErrors } from "@/lib/forms";
import { openSession } from "@/lib/session";

/** After a sign-in the router's guard of this page leads on to where the person wanted to go. */
export function LoginPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: "/login" });
  const form = useForm({ resolver: zodResolver(loginRules), defaultValues: { email: "", password: "" } });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    try {
      openSession(await call(api.POST("/api/v1/auth/login", { body })));
    } catch (error) {
      form.setError("root", { message: placeErrors(form, error) ?? "" });
    }
  });

  return (
    <AuthFrame
      title={t("auth.login_title")}
      text={t("auth.login_text")}
      footer={
        <>
          {t("auth.no_account")}{" "}
          <Link to="/register" search={next ? { next } : {}} className={TEXT_LINK}>
            {t("auth.register_link")}
          </Link>
        </>
      }
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <FormAlert message={errors.root?.message} />
        <Field label={t("auth.email")} error={errors.email?.message}>
          {(wiring) => (
            <Input
              {...wiring}
              {...form.register("email")}
              type="email"
              autoComplete="username"
              data-testid="login-email"
            />
          )}
        </Field>
        <Field label={t("auth.password")} error={errors.password?.message}>
          {(wiring) => (
            <Input
              {...wiring}
              {...form.register("password")}
              type="password"
              autoComplete="current-password"
              data-testid="login-password"
            />
          )}
        </Field>
        <Button type="submit" variant="primary" size="lg" busy={isSubmitting} data-testid="login-submit">
          {t("auth.login")}
        </Button>
        <Link to="/reset" className={`${TEXT_LINK} self-start text-sm`}>
          {t("auth.forgot")}
        </Link>
      </form>
    </AuthFrame>
  );
}
