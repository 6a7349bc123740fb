import { ArrowDown, ArrowUp, Play, ThumbsUp, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Picture } from "@/components/title/Picture";
import { Button } from "@/components/ui/Button";
import { cx } from "@/components/ui/cx";
import type { QueueItem } from "@/types/frames.gen";
import type { TitleCard } from "@/types/schemas";
import { useRoomState } from "../use-room";
import { useMay, useQueueWishes } from "./use-queue";

interface QueueRowProps {
  item: QueueItem;
  isFirst: boolean;
  isLast: boolean;
  /** The entry that this one goes in front of when it moves up; `belowNext` when it moves down, null: to the end. */
  above: string | null;
  belowNext: string | null;
}

export function QueueRow({ item, isFirst, isLast, above, belowNext }: QueueRowProps) {
  const { t } = useTranslation();
  const name = item.title.name;
  return (
    <li className="flex gap-3 py-2.5" data-testid={`queued-${item.title.id}`}>
      <Picture title={item.title as TitleCard} kind="poster" className="w-11 shrink-0 self-start text-[0]" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-sm" title={name}>
          {name}
        </p>
        <p className="truncate text-muted text-xs">{t("room.queue.added_by", { name: item.name })}</p>
        <div className="mt-1 flex items-center gap-0.5">
          <VoteButton item={item} />
          <RowActions item={item} isFirst={isFirst} isLast={isLast} above={above} belowNext={belowNext} />
        </div>
      </div>
    </li>
  );
}

function VoteButton({ item }: { item: QueueItem }) {
  const { t } = useTranslation();
  const mayVote = useMay("queue_vote");
  const wishes = useQueueWishes();
  const label = t("room.queue.vote", { name: item.title.name, count: item.votes });
  return (
    <Button
      variant="ghost"
      size="sm"
      aria-pressed={item.mine}
      aria-label={label}
      title={label}
      disabled={!mayVote}
      className={cx("mr-auto tabular-nums", item.mine && "text-accent-text")}
      onClick={() => wishes.vote(item.qid, !item.mine)}
    >
      <ThumbsUp aria-hidden className={cx("size-4", item.mine && "fill-current")} />
      {item.votes}
    </Button>
  );
}

function RowActions({ item, isFirst, isLast, above, belowNext }: QueueRowProps) {
  const { t } = useTranslation();
  const mayEdit = useMay("queue_edit");
  const mayChoose = useMay("item");
  const isOwn = useRoomState((state) => state.you?.id === item.by);
  const wishes = useQueueWishes();
  const name = item.title.name;
  return (
    <>
      {mayChoose && item.title.id !== null && (
        <Action label={t("room.queue.play", { name })} onPress={() => wishes.playNow(item.title.id ?? "")}>
          <Play aria-hidden className="size-4" />
        </Action>
      )}
      {mayEdit && (
        <>
          <Action label={t("room.queue.up", { name })} isOff={isFirst} onPress={() => wishes.move(item.qid, above)}>
            <ArrowUp aria-hidden className="size-4" />
          </Action>
          <Action
            label={t("room.queue.down", { name })}
            isOff={isLast}
            onPress={() => wishes.move(item.qid, belowNext)}
          >
            <ArrowDown aria-hidden className="size-4" />
          </Action>
        </>
      )}
      {(mayEdit || isOwn) && (
        <Action label={t("room.queue.remove", { name })} onPress={() => wishes.remove(item.qid)}>
          <X aria-hidden className="size-4" />
        </Action>
      )}
    </>
  );
}

interface ActionProps {
  label: string;
  isOff?: boolean;
  onPress: () => void;
  children: ReactNode;
}

function Action({ label, isOff = false, onPress, children }: ActionProps) {
  return (
    <Button
      variant="ghost"
      size="icon"
      className="size-8"
      aria-label={label}
      title={label}
      disabled={isOff}
      onClick={onPress}
    >
      {children}
    </Button>
  );
}
