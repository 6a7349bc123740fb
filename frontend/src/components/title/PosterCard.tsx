import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LeavesBadge } from "@/components/title/LeavesBadge";
import { Picture } from "@/components/title/Picture";
import { TitleLink } from "@/components/title/TitleLink";
import { Progress } from "@/components/ui/Progress";
import type { TitleCard } from "@/types/schemas";

type PosterCardProps = {
  title: TitleCard;
  /** A second line instead of the year, such as the live state of a request. */
  note?: ReactNode;
  /** 0..1 shows a bar under the poster. */
  progress?: number | null;
  isFirst?: boolean;
};

export function PosterCard({ title, note, progress, isFirst = false }: PosterCardProps) {
  const { t } = useTranslation();
  return (
    <TitleLink title={title} className="group block rounded-card outline-offset-4">
      <div className="relative overflow-hidden rounded-card">
        <Picture
          title={title}
          kind="poster"
          isFirst={isFirst}
          className="transition-transform duration-200 group-hover:scale-[1.03] motion-reduce:group-hover:scale-100"
        />
        <span className="absolute bottom-2 left-2">
          <LeavesBadge leavesAt={title.leaves_at} isOnFilm />
        </span>
      </div>
      {progress !== undefined && (
        <Progress value={progress} label={t("requests.progress_of", { name: title.name })} className="mt-2 h-1" />
      )}
      <p className="mt-2 line-clamp-2 font-medium text-sm leading-snug group-hover:underline group-hover:underline-offset-4">
        {title.name}
      </p>
      <p className="mt-0.5 text-muted text-sm">{note ?? title.year ?? t(`availability.${title.availability}`)}</p>
    </TitleLink>
  );
}
