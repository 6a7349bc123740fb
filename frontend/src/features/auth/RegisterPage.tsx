import { zodResolver } from "@hookform/resolvers/zod";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { FormAlert } from "@/components/ui/FormAlert";
import { AuthFrame, TEXT_LINK } from "@/features/auth/AuthFrame";
import { CodeForm } from "@/features/auth/CodeForm";
import { PersonFields, type PersonForm } from "@/features/auth/PersonFields";
import { registerRules } from "@/features/auth/rules";
import { api, call } from "@/lib/api";
import { placeErrors } from "@/lib/forms";
import { openSession } from "@/lib/session";

export function RegisterPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: "/register" });
  const [registered, setRegistered] = useState<PersonForm | null>(null);
  if (registered) return <LookInInbox person={registered} />;
  return (
    <AuthFrame
      title={t("auth.register_title")}
      text={t("auth.register_text")}
      footer={
        <>
          {t("auth.have_account")}{" "}
          <Link to="/login" search={next ? { next } : {}} className={TEXT_LINK}>
            {t("auth.login_link")}
          </Link>
        </>
      }
    >
      <RegisterForm onDone={setRegistered} />
    </AuthFrame>
  );
}

function RegisterForm({ onDone }: { onDone: (person: PersonForm) => void }) {
  const { t } = useTranslation();
  const form = useForm<PersonForm>({
    resolver: zodResolver(registerRules),
    defaultValues: { name: "", email: "", password: "" },
  });
  const submit = form.handleSubmit(async (body) => {
    try {
      await call(api.POST("/api/v1/auth/register", { body }));
      onDone(body);
    } catch (error) {
      form.setError("root", { message: placeErrors(form, error) ?? "" });
    }
  });
  return (
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
        {t("auth.register")}
      </Button>
    </form>
  );
}

/** The code is typed where the person already is, and the password is still known: straight in. */
function LookInInbox({ person }: { person: PersonForm }) {
  const { t } = useTranslation();
  const signIn = async () => {
    const { email, password } = person;
    openSession(await call(api.POST("/api/v1/auth/login", { body: { email, password } })));
  };
  return (
    <AuthFrame title={t("auth.register_done_title")} text={t("auth.register_done", { email: person.email })}>
      <CodeForm email={person.email} onVerified={signIn} />
      <Link to="/login" className={`${TEXT_LINK} self-start text-sm`}>
        {t("auth.login_link")}
      </Link>
    </AuthFrame>
  );
}
