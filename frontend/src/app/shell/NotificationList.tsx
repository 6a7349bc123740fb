import { type QueryClient, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellRing } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { cx } from "@/components/ui/cx";
import { Skeleton } from "@/components/ui/Skeleton";
import { ErrorState } from "@/components/ui/States";
import { api, call } from "@/lib/api";
import { formatAgo } from "@/lib/format";
import { keys, notificationsQuery } from "@/lib/queries";
import type { Notification } from "@/types/schemas";

function useMarkSeen(client: QueryClient) {
  return useMutation({
    mutationFn: (ids: string[] | undefined) =>
      call(api.POST("/api/v1/notifications/seen", { body: ids ? { ids } : {} })),
    onSuccess: ({ unread }) => {
      client.setQueryData(keys.unread, unread);
      void client.invalidateQueries({ queryKey: keys.notifications });
    },
  });
}

export function NotificationList({ onFollow }: { onFollow: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = useInfiniteQuery(notificationsQuery);
  const markSeen = useMarkSeen(client);
  const notes = query.data?.pages.flatMap((page) => page.results) ?? [];
  const follow = (note: Notification) => {
    if (!note.seen) markSeen.mutate([note.id]);
    onFollow();
  };
  return (
    <div className="flex max-h-[min(32rem,75dvh)] flex-col">
      <div className="flex h-13 shrink-0 items-center justify-between border-line border-b pr-2 pl-4">
        <h2 className="font-semibold text-sm">{t("notifications.heading")}</h2>
        {notes.some((note) => !note.seen) && (
          <Button variant="ghost" size="sm" busy={markSeen.isPending} onClick={() => markSeen.mutate(undefined)}>
            {t("notifications.seen_all")}
          </Button>
        )}
      </div>
      <div className="overflow-y-auto">
        {query.isPending && <Skeleton className="m-4 h-20" />}
        {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {query.isSuccess && notes.length === 0 && (
          <p className="flex flex-col items-center gap-3 px-6 py-10 text-center text-muted text-sm">
            <BellRing aria-hidden className="size-7 stroke-[1.4]" />
            {t("notifications.empty")}
          </p>
        )}
        <ul className="divide-y divide-line">
          {notes.map((note) => (
            <NotificationRow key={note.id} note={note} onFollow={() => follow(note)} />
          ))}
        </ul>
        {query.hasNextPage && (
          <Button variant="ghost" className="w-full" onClick={() => void query.fetchNextPage()}>
            {t("common.show_more")}
          </Button>
        )}
      </div>
    </div>
  );
}

function NotificationRow({ note, onFollow }: { note: Notification; onFollow: () => void }) {
  const { t } = useTranslation();
  return (
    <li data-testid={`note-${note.id}`}>
      <Link
        to={note.link || "/requests"}
        onClick={onFollow}
        className="block px-4 py-3 -outline-offset-2 hover:bg-surface"
      >
        <span className="flex items-baseline gap-2">
          <span className={cx("min-w-0 flex-1 text-sm", !note.seen && "font-semibold")}>{note.title}</span>
          {!note.seen && (
            <span className="size-2 shrink-0 rounded-pill bg-accent">
              <span className="sr-only">{t("notifications.new")}</span>
            </span>
          )}
        </span>
        {note.body && <span className="mt-0.5 block text-muted text-sm">{note.body}</span>}
        <time dateTime={note.created_at} className="mt-1 block text-muted text-xs">
          {formatAgo(note.created_at)}
        </time>
      </Link>
    </li>
  );
}
