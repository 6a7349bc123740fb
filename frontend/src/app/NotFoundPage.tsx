import { Link } from "@tanstack/react-router";
import { Armchair } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/States";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main className="flex min-h-dvh items-center">
      <title>{`${t("errors.not_found_title")} · Matinee`}</title>
      <EmptyState icon={<Armchair aria-hidden />} title={t("errors.not_found_title")} text={t("errors.not_found")}>
        <Button asChild variant="primary">
          <Link to="/">{t("errors.to_home")}</Link>
        </Button>
      </EmptyState>
    </main>
  );
}
