import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Picture } from "@/components/title/Picture";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/Skeleton";
import { ErrorState } from "@/components/ui/States";
import { api, call } from "@/lib/api";
import { formatAgo, formatClock } from "@/lib/format";
import { keys, roomHistoryQuery } from "@/lib/queries";
import { useMe } from "@/lib/session";
import type { PastRoom } from "@/types/schemas";

/** Parties that are over or rest: what, with whom, where it stopped, and the way to go on. */
export function PastRooms() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(roomHistoryQuery);
  const rooms = query.data?.pages.flatMap((page) => page.results);
  if (query.isPending) return <Skeleton className="mt-10 h-24" />;
  if (query.error && !rooms) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (rooms?.length === 0) return null;
  return (
    <section aria-label={t("rooms.history")} className="mt-12">
      <h2 className="title mb-4 text-2xl">{t("rooms.history")}</h2>
      <ul className="divide-y divide-line" data-testid="room-history">
        {rooms?.map((room) => (
          <PastRow key={room.id} room={room} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-4" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("common.show_more")}
        </Button>
      )}
    </section>
  );
}

/** Somebody else may have the same name. */
function withoutOne(names: readonly string[], name: string): string[] {
  const at = names.indexOf(name);
  return names.filter((_, index) => index !== at);
}

function PastRow({ room }: { room: PastRoom }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const goOn = useMutation({
    mutationFn: () => call(api.POST("/api/v1/rooms/{room_id}/continue", { params: { path: { room_id: room.id } } })),
    onSuccess: async (next) => {
      void client.invalidateQueries({ queryKey: keys.rooms });
      await navigate({ to: "/room/$id", params: { id: next.id } });
    },
  });
  const others = withoutOne(room.people, useMe()?.name ?? "");
  const stopped = t("rooms.stopped", { at: formatClock(room.position_s), of: formatClock(room.duration_s) });
  return (
    <li className="flex flex-wrap items-center gap-4 py-3">
      <Picture title={room.title} kind="poster" className="w-12 shrink-0 text-[0]" />
      <div className="min-w-48 flex-1">
        <p className="font-medium">{room.title.name}</p>
        <p className="text-muted text-sm">
          {stopped} {t("common.dot")} {formatAgo(room.closed_at ?? room.created_at)}
        </p>
        {others.length > 0 && (
          <p className="truncate text-muted text-sm">{t("rooms.with", { names: others.join(", ") })}</p>
        )}
        {goOn.isError && (
          <p role="alert" className="text-bad text-sm">
            {goOn.error.message}
          </p>
        )}
      </div>
      <Button busy={goOn.isPending} onClick={() => goOn.mutate()} data-testid={`go-on-${room.id}`}>
        <History aria-hidden className="size-4" />
        {t("rooms.go_on")}
      </Button>
    </li>
  );
}
