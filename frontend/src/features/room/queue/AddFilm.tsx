import { useQuery } from "@tanstack/react-query";
import { Check, Plus } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { Input } from "@/components/ui/Field";
import { Skeleton } from "@/components/ui/Skeleton";
import { ApiError } from "@/lib/api";
import { roomFilmsQuery } from "@/lib/queries";
import type { TitleCard } from "@/types/schemas";
import { useRoomState } from "../use-room";
import { useQueueWishes } from "./use-queue";

/** Films that the room can watch now, by name; one press puts one last in the queue. */
export function AddFilm() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  return (
    <search className="flex flex-col gap-1">
      <Input
        type="search"
        data-testid="queue-search"
        aria-label={t("room.queue.find")}
        placeholder={t("room.queue.find")}
        autoComplete="off"
        value={typed}
        onFocus={() => setOpen(true)}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
      />
      {isOpen && <Findings q={typed.trim()} />}
    </search>
  );
}

function Findings({ q }: { q: string }) {
  const { t } = useTranslation();
  const roomId = useRoomState((state) => state.room?.id ?? "");
  const query = useQuery(roomFilmsQuery(roomId, useDeferredValue(q)));
  if (query.isPending) return <Skeleton className="h-16" />;
  if (query.error !== null && query.data === undefined) {
    const text = query.error instanceof ApiError ? query.error.message : t("errors.unexpected");
    return (
      <p role="alert" className="py-2 text-bad text-sm">
        {text}{" "}
        <button type="button" className="underline" onClick={() => void query.refetch()}>
          {t("common.try_again")}
        </button>
      </p>
    );
  }
  if (query.data?.length === 0) return <p className="py-2 text-muted text-sm">{t("room.queue.nothing_found")}</p>;
  return (
    <ul className="max-h-56 overflow-y-auto rounded-card border border-line" aria-label={t("room.queue.found")}>
      {query.data?.map((title) => (
        <Finding key={title.id} title={title} />
      ))}
    </ul>
  );
}

function Finding({ title }: { title: TitleCard }) {
  const { t } = useTranslation();
  const wishes = useQueueWishes();
  const isQueued = useRoomState(({ queue }) => queue?.items.some((item) => item.title.id === title.id) ?? false);
  const isOn = useRoomState(({ queue }) => queue?.on.id === title.id);
  const name = title.year === null ? title.name : `${title.name} (${title.year})`;
  return (
    <li>
      <button
        type="button"
        data-testid={`add-${title.id}`}
        disabled={isQueued || isOn}
        className="flex h-11 w-full items-center gap-2 px-3 text-left text-sm enabled:hover:bg-raised disabled:text-muted"
        aria-label={t("room.queue.add", { name })}
        onClick={() => title.id !== null && wishes.add(title.id)}
      >
        {isQueued ? (
          <Check aria-hidden className="size-4 shrink-0" />
        ) : (
          <Plus aria-hidden className="size-4 shrink-0" />
        )}
        <span className="min-w-0 flex-1 truncate">{name}</span>
        {isOn && <span className="text-xs">{t("room.queue.on_now")}</span>}
      </button>
    </li>
  );
}
