import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useTranslation } from "react-i18next";

export function BackButton({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  return (
    <Link
      to="/title/$id"
      params={{ id: titleId }}
      aria-label={t("player.back_to_title")}
      title={t("player.back_to_title")}
      className="inline-flex size-10 shrink-0 items-center justify-center rounded-card text-on-film hover:bg-on-film/15"
    >
      <ArrowLeft aria-hidden className="size-5" />
    </Link>
  );
}
