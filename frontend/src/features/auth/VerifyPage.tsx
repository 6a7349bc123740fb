import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { FormAlert } from "@/components/ui/FormAlert";
import { Skeleton } from "@/components/ui/Skeleton";
import { AuthFrame } from "@/features/auth/AuthFrame";
import { CodeForm } from "@/features/auth/CodeForm";
import { api, call } from "@/lib/api";
import { getSession, refreshSession } from "@/lib/session";

/** A page that may still be signed in as unverified learns the news. */
async function refreshIfSignedIn(): Promise<void> {
  if (getSession().status !== "signed-out") await refreshSession();
}

async function redeem(token: string): Promise<true> {
  await call(api.POST("/api/v1/auth/verify-email", { body: { token } }));
  await refreshIfSignedIn();
  return true;
}

export function VerifyPage() {
  const { token } = useSearch({ from: "/verify" });
  return token ? <VerifyByLink token={token} /> : <VerifyByCode />;
}

function VerifyByLink({ token }: { token: string }) {
  const { t } = useTranslation();
  // A query, not an effect: the link works once, and React may mount a page twice.
  const { status, error } = useQuery({
    queryKey: ["verify", token],
    queryFn: () => redeem(token),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (status === "success") return <Verified />;
  if (status === "error") return <VerifyByCode failure={error.message} />;
  return (
    <AuthFrame title={t("auth.verifying")}>
      <Skeleton className="h-12" />
    </AuthFrame>
  );
}

function VerifyByCode({ failure }: { failure?: string }) {
  const { t } = useTranslation();
  const [isVerified, setIsVerified] = useState(false);
  if (isVerified) return <Verified />;
  const title = failure ? t("auth.verify_failed") : t("auth.verify_title");
  return (
    <AuthFrame title={title} text={t("auth.verify_missing")}>
      <FormAlert message={failure} />
      <CodeForm
        onVerified={async () => {
          await refreshIfSignedIn();
          setIsVerified(true);
        }}
      />
    </AuthFrame>
  );
}

function Verified() {
  const { t } = useTranslation();
  return (
    <AuthFrame title={t("auth.verified_title")} text={t("auth.verified")}>
      <CircleCheck aria-hidden className="size-10 stroke-[1.4] text-good" />
      <Button asChild variant="primary" size="lg">
        <Link to="/">{t("auth.continue")}</Link>
      </Button>
    </AuthFrame>
  );
}
