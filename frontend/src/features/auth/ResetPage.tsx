import { zodResolver } from "@hookform/resolvers/zod";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { FormAlert } from "@/components/ui/FormAlert";
import { AuthFrame, TEXT_LINK } from "@/features/auth/AuthFrame";
import * as rules from "@/features/auth/rules";
import { api, call } from "@/lib/api";
import { placeErrors } from "@/lib/forms";

export function ResetPage() {
  const { token } = useSearch({ from: "/reset" });
  return token ? <ChooseNew token={token} /> : <AskForLink />;
}

const askRules = z.object({ email: rules.email() });

function AskForLink() {
  const { t } = useTranslation();
  const [isSent, setIsSent] = useState(false);
  const form = useForm({ resolver: zodResolver(askRules), defaultValues: { email: "" } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (body) => {
    try {
      await call(api.POST("/api/v1/auth/password/forgot", { body }));
      setIsSent(true);
    } catch (error) {
      form.setError("root", { message: placeErrors(form, error) ?? "" });
    }
  });
  return (
    <AuthFrame title={t("auth.forgot_title")} text={isSent ? t("auth.forgot_sent") : t("auth.forgot_text")}>
      {!isSent && (
        <form onSubmit={submit} noValidate className="flex flex-col gap-5">
          <FormAlert message={errors.root?.message} />
          <Field label={t("auth.email")} error={errors.email?.message}>
            {(wiring) => <Input {...wiring} {...form.register("email")} type="email" autoComplete="username" />}
          </Field>
          <Button type="submit" variant="primary" size="lg" busy={isSubmitting}>
            {t("auth.forgot_send")}
          </Button>
        </form>
      )}
      <Link to="/login" className={`${TEXT_LINK} self-start text-sm`}>
        {t("auth.login_link")}
      </Link>
    </AuthFrame>
  );
}

const chooseRules = z.object({ password: rules.newPassword() });

function ChooseNew({ token }: { token: string }) {
  const { t } = useTranslation();
  const [isDone, setIsDone] = useState(false);
  const form = useForm({ resolver: zodResolver(chooseRules), defaultValues: { password: "" } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ password }) => {
    try {
      await call(api.POST("/api/v1/auth/password/reset", { body: { token, password } }));
      setIsDone(true);
    } catch (error) {
      form.setError("root", { message: placeErrors(form, error) ?? "" });
    }
  });
  if (isDone) {
    return (
      <AuthFrame title={t("auth.reset_title")} text={t("auth.reset_done")}>
        <Button asChild variant="primary" size="lg">
          <Link to="/login">{t("auth.login")}</Link>
        </Button>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={t("auth.reset_title")}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <FormAlert message={errors.root?.message} />
        <Field label={t("auth.new_password")} hint={t("auth.password_hint")} error={errors.password?.message}>
          {(wiring) => <Input {...wiring} {...form.register("password")} type="password" autoComplete="new-password" />}
        </Field>
        <Button type="submit" variant="primary" size="lg" busy={isSubmitting}>
          {t("auth.reset_submit")}
        </Button>
      </form>
    </AuthFrame>
  );
}
