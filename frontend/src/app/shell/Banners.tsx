import { useMutation } from "@tanstack/react-query";
import { CloudOff, MailWarning } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { api, call } from "@/lib/api";
import { useUpdatesConnection } from "@/lib/connection";
import type { Me } from "@/types/schemas";

export function Banners({ me }: { me: Me }) {
  return (
    <>
      <ConnectionBanner />
      {!me.is_verified && me.email !== null && <UnverifiedBanner email={me.email} />}
    </>
  );
}

function watchNetwork(onChange: () => void): () => void {
  window.addEventListener("online", onChange);
  window.addEventListener("offline", onChange);
  return () => {
    window.removeEventListener("online", onChange);
    window.removeEventListener("offline", onChange);
  };
}

/** A reconnect shorter than this is not worth a word. */
const PATIENCE_MS = 4000;

function ConnectionBanner() {
  const { t } = useTranslation();
  const isOnline = useSyncExternalStore(watchNetwork, () => navigator.onLine);
  const { status } = useUpdatesConnection();
  const isLost = useLasting(status !== "open", PATIENCE_MS);
  const text = isOnline ? isLost && t("offline.socket") : t("offline.network");
  return (
    <div role="status">
      {text && (
        <p className="page-x flex items-center gap-2 border-line border-b bg-raised py-2.5 text-sm">
          <CloudOff aria-hidden className="size-4 shrink-0 text-bad" />
          {text}
        </p>
      )}
    </div>
  );
}

function useLasting(value: boolean, afterMs: number): boolean {
  const [hasLasted, setHasLasted] = useState(false);
  useEffect(() => {
    if (!value) return setHasLasted(false);
    const timer = window.setTimeout(() => setHasLasted(true), afterMs);
    return () => window.clearTimeout(timer);
  }, [value, afterMs]);
  return hasLasted;
}

function UnverifiedBanner({ email }: { email: string }) {
  const { t } = useTranslation();
  const resend = useMutation({
    mutationFn: () => call(api.POST("/api/v1/auth/verify-email/resend", { body: { email } })),
  });
  return (
    <div className="page-x flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b bg-raised py-2.5 text-sm">
      <p className="flex min-w-0 flex-1 basis-64 items-center gap-2">
        <MailWarning aria-hidden className="size-4 shrink-0 text-accent-text" />
        <span role="status">{resend.isSuccess ? t("unverified.sent") : t("unverified.text", { email })}</span>
      </p>
      {!resend.isSuccess && (
        <Button size="sm" busy={resend.isPending} onClick={() => resend.mutate()}>
          {t("unverified.resend")}
        </Button>
      )}
    </div>
  );
}
