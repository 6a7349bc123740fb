import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Picture } from "@/components/title/Picture";
import { formatClock, formatEta } from "@/lib/format";
import type { Library } from "@/types/schemas";

export type ContinueItem = Library["continue_watching"][number];

/** Straight back into the film: one press, no page between. */
export function ContinueCard({ item }: { item: ContinueItem }) {
  const { t } = useTranslation();
  const { title, position_s, duration_s } = item;
  if (!title.id) return null;
  const share = duration_s > 0 ? Math.min(1, position_s / duration_s) : 0;
  return (
    <Link to="/watch/$id" params={{ id: title.id }} className="group block rounded-card outline-offset-4">
      <div className="relative overflow-hidden rounded-card">
        <Picture title={title} kind="still" />
        <div className="scrim-up absolute inset-x-0 bottom-0 flex items-end gap-3 px-4 pt-14 pb-4">
          <span className="flex size-9 shrink-0 items-center justify-center rounded-pill bg-accent text-on-accent transition-transform group-hover:scale-110">
            <Play aria-hidden className="size-4 fill-current" />
          </span>
          <span className="min-w-0 text-on-film">
            <span className="block truncate font-semibold text-sm">{title.name}</span>
            <span className="block text-on-film-muted text-xs">
              {t("home.resume", { at: formatClock(position_s) })} {t("common.dot")}{" "}
              {t("home.left", { left: formatEta(duration_s - position_s) })}
            </span>
          </span>
        </div>
        <div className="absolute inset-x-0 bottom-0 h-1 bg-scrim-strong">
          <div className="h-full bg-accent" style={{ width: `${share * 100}%` }} />
        </div>
      </div>
    </Link>
  );
}
