import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/Page";
import { Picture } from "@/components/title/Picture";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { formatAgo, formatDateTime } from "@/lib/format";
import { roomsQuery } from "@/lib/queries";
import type { Room } from "@/types/schemas";
import { PastRooms } from "./PastRooms";

export function RoomsPage() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(roomsQuery);
  const rooms = query.data?.pages.flatMap((page) => page.results);
  return (
    <Page title={t("rooms.heading")} text={t("rooms.text")}>
      {query.isPending && <Skeleton className="h-40" />}
      {query.error && !rooms && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {rooms?.length === 0 && (
        <EmptyState icon={<Users aria-hidden />} title={t("rooms.empty_title")} text={t("rooms.empty")}>
          <Button asChild variant="primary">
            <Link to="/">{t("watch_later.find")}</Link>
          </Button>
        </EmptyState>
      )}
      <ul className="grid gap-5 md:grid-cols-2 xl:grid-cols-3">
        {rooms?.map((room) => (
          <li key={room.id}>
            <RoomCard room={room} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-6" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("common.show_more")}
        </Button>
      )}
      <PastRooms />
    </Page>
  );
}

function RoomCard({ room }: { room: Room }) {
  const { t } = useTranslation();
  const started = t("rooms.started", { ago: formatAgo(room.created_at) });
  const isPlanned = room.starts_at !== null && Date.parse(room.starts_at) > Date.now();
  const host = room.role === "owner" ? t("rooms.yours") : t("rooms.by", { name: room.owner_name });
  return (
    <Link
      to="/room/$id"
      params={{ id: room.id }}
      className="group block overflow-hidden rounded-card border border-line bg-surface transition-colors hover:border-edge"
      data-testid={`room-${room.id}`}
    >
      <div className="relative">
        <Picture title={room.title} kind="still" className="rounded-none" />
        <div className="scrim-up absolute inset-x-0 bottom-0 px-4 pt-16 pb-3 text-on-film">
          <p className="title text-2xl">{room.name}</p>
          <p className="truncate text-on-film-muted text-sm">{room.title.name}</p>
        </div>
      </div>
      <div className="flex items-center justify-between gap-3 px-4 py-3 text-sm">
        <span className="text-muted">
          {host} {t("common.dot")} {t("rooms.members", { count: room.member_count })}
          <span className="block text-xs">
            {isPlanned ? t("rooms.planned", { when: formatDateTime(room.starts_at ?? "") }) : started}
          </span>
        </span>
        <span className="font-semibold text-accent-text group-hover:underline group-hover:underline-offset-4">
          {t("rooms.enter")}
        </span>
      </div>
    </Link>
  );
}
