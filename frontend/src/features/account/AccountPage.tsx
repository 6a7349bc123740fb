import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { Avatar } from "@/components/ui/Avatar";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { PasswordForm } from "@/features/account/PasswordForm";
import { SessionList } from "@/features/account/SessionList";
import { ThemeChoice } from "@/features/account/ThemeChoice";
import { useMe } from "@/lib/session";
import { signOut } from "@/lib/sign-out";
import type { Me } from "@/types/schemas";

export function AccountPage() {
  const { t } = useTranslation();
  const me = useMe();
  if (!me) return null;
  return (
    <Page title={t("account.heading")}>
      <div className="flex max-w-4xl flex-col divide-y divide-line">
        <Section title={t("account.profile")}>
          <Profile me={me} />
        </Section>
        <Section title={t("account.appearance")}>
          <ThemeChoice />
        </Section>
        <Section title={t("account.password")}>
          <PasswordForm email={me.email ?? ""} />
        </Section>
        <Section title={t("account.sessions")}>
          <SessionList />
          <SignOut />
        </Section>
      </div>
    </Page>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid gap-x-10 gap-y-4 py-8 first:pt-0 md:grid-cols-[14rem_1fr]">
      <h2 className="title text-2xl">{title}</h2>
      <div className="flex min-w-0 flex-col gap-5">{children}</div>
    </section>
  );
}

function Profile({ me }: { me: Me }) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-4">
      <Avatar name={me.name} className="size-14 text-lg" />
      <div className="min-w-0">
        <p className="truncate font-semibold text-lg">{me.name}</p>
        <p className="truncate text-muted">{me.email}</p>
        <div className="mt-2 flex flex-wrap gap-2">
          <Badge tone={me.is_verified ? "good" : "accent"}>
            {me.is_verified ? t("account.verified") : t("account.not_verified")}
          </Badge>
          <Badge>{me.plan === "premium" ? t("account.plan_premium") : t("account.plan_free")}</Badge>
          {me.is_operator && <Badge>{t("account.operator")}</Badge>}
        </div>
      </div>
    </div>
  );
}

function SignOut() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button onClick={() => void signOut(client)}>{t("account.sign_out")}</Button>
      <Button onClick={() => void signOut(client, { everywhere: true })}>{t("account.sign_out_all")}</Button>
      <p className="text-muted text-sm">{t("account.sign_out_all_text")}</p>
    </div>
  );
}
