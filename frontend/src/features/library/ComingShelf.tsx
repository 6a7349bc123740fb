import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { PosterCard } from "@/components/title/PosterCard";
import { Shelf } from "@/components/title/Shelf";
import { formatShare } from "@/lib/format";
import { requestsQuery } from "@/lib/queries";
import { findRequest, liveShare } from "@/lib/request-state";
import type { TitleCard } from "@/types/schemas";

/** Films on their way; their numbers move with the updates socket. */
export function ComingShelf({ titles }: { titles: TitleCard[] }) {
  const { t } = useTranslation();
  const { data } = useInfiniteQuery(requestsQuery);
  if (titles.length === 0) return null;
  return (
    <Shelf name={t("home.coming")}>
      {titles.map((title) => {
        const request = findRequest(data, title.id);
        if (!request) return <PosterCard key={title.id} title={title} note={t(`availability.${title.availability}`)} />;
        const share = liveShare(request);
        const state = t(`requests.state.${request.state}`);
        const note = share === null ? state : `${state} ${formatShare(share)}`;
        return <PosterCard key={title.id} title={title} note={note} progress={share} />;
      })}
    </Shelf>
  );
}
