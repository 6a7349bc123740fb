import { LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";

/** Between pages, only when it takes long enough to be noticed. */
export function Splash() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex min-h-[60dvh] items-center justify-center text-muted">
      <LoaderCircle aria-hidden className="size-7 animate-spin" />
      <span className="sr-only">{t("app.loading")}</span>
    </div>
  );
}
