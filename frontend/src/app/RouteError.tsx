import { Projector } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/States";

/** A fault in a page's own code, or a chunk that is gone after an upgrade: loading again fetches the new one. */
export function RouteError() {
  const { t } = useTranslation();
  return (
    <div role="alert" className="flex min-h-[60dvh] items-center">
      <EmptyState icon={<Projector aria-hidden />} title={t("errors.crashed_title")} text={t("errors.crashed")}>
        <Button variant="primary" onClick={() => window.location.reload()}>
          {t("errors.reload")}
        </Button>
      </EmptyState>
    </div>
  );
}
