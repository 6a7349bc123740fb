import { Hourglass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/Badge";
import { daysUntil } from "@/lib/format";

/** "Leaves in 3 days"; nothing for a film that stays. */
export function LeavesBadge({ leavesAt, isOnFilm = false }: { leavesAt: string | null; isOnFilm?: boolean }) {
  const { t } = useTranslation();
  if (leavesAt === null) return null;
  const days = daysUntil(leavesAt);
  return (
    <Badge tone={isOnFilm ? "film" : "accent"} data-testid="leaves">
      <Hourglass aria-hidden className="size-3.5" />
      {days === 0 ? t("title.leaves_today") : t("title.leaves", { count: days })}
    </Badge>
  );
}
