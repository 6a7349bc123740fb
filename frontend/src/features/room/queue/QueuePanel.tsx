import { ListVideo, SkipForward } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/Skeleton";
import { useRoomState } from "../use-room";
import { AddFilm } from "./AddFilm";
import { PollCard } from "./PollCard";
import { QueueRow } from "./QueueRow";
import { useMay, useQueueWishes } from "./use-queue";

/** What the room watches next, in this order; everybody can see how many want it. */
export function QueuePanel() {
  const mayAdd = useMay("queue_add");
  return (
    <div className="flex flex-col gap-4 px-4 py-3">
      {mayAdd && <AddFilm />}
      <PollCard />
      <Upcoming />
    </div>
  );
}

function Upcoming() {
  const { t } = useTranslation();
  const queue = useRoomState((state) => state.queue);
  const isOffline = useRoomState((state) => state.connection.status !== "open");
  const mayChoose = useMay("item");
  const wishes = useQueueWishes();
  if (queue === null) return <Skeleton className="h-24" />;
  const { items } = queue;
  return (
    <section aria-label={t("room.queue.heading")} className="flex flex-col gap-2">
      <div className="flex min-h-8 items-center justify-between gap-2">
        <h2 className="font-medium text-sm">{t("room.queue.heading")}</h2>
        {mayChoose && items.length > 0 && (
          <Button variant="ghost" size="sm" onClick={wishes.skip} data-testid="queue-skip">
            <SkipForward aria-hidden className="size-4" />
            {t("room.queue.skip")}
          </Button>
        )}
      </div>
      {isOffline && <p className="text-muted text-xs">{t("room.queue.offline")}</p>}
      {items.length === 0 ? (
        <p className="flex items-center gap-2 py-4 text-muted text-sm">
          <ListVideo aria-hidden className="size-5 shrink-0" />
          {t("room.queue.empty")}
        </p>
      ) : (
        <ol data-testid="queue" className="flex flex-col divide-y divide-line">
          {items.map((item, index) => (
            <QueueRow
              key={item.qid}
              item={item}
              isFirst={index === 0}
              isLast={index === items.length - 1}
              above={items[index - 1]?.qid ?? null}
              belowNext={items[index + 2]?.qid ?? null}
            />
          ))}
        </ol>
      )}
    </section>
  );
}
