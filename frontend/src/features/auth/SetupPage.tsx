import { zodResolver } from "@hookform/resolvers/zod";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { FormAlert } from "@/components/ui/FormAlert";
import { AuthFrame } from "@/features/auth/AuthFrame";
import { PersonFields, type PersonForm } from "@/features/auth/PersonFields";
import { registerRules } from "@/features/auth/rules";
import { api, call } from "@/lib/api";
import { placeErrors } from "@/lib/forms";
import { openSession } from "@/lib/session";

/** The first account of a new house, by the one-time link that the server printed. */
export function SetupPage() {
  const { t } = useTranslation();
  const { token } = useParams({ from: "/setup/$token" });
  const navigate = useNavigate();
  const form = useForm<PersonForm>({
    resolver: zodResolver(registerRules),
    defaultValues: { name: "", email: "", password: "" },
  });
  const submit = form.handleSubmit(async (person) => {
    try {
      openSession(await call(api.POST("/api/v1/auth/setup", { body: { token, ...person } })));
      await navigate({ to: "/" });
    } catch (error) {
      form.setError("root", { message: placeErrors(form, error) ?? "" });
    }
  });
  return (
    <AuthFrame title={t("auth.setup_title")} text={t("auth.setup_text")}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <FormAlert message={form.formState.errors.root?.message} />
        <PersonFields form={form} />
        <Button
          type="submit"
          variant="primary"
          size="lg"
          busy={form.formState.isSubmitting}
          data-testid="register-submit"
        >
          {t("auth.setup")}
        </Button>
      </form>
    </AuthFrame>
  );
}
