import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Input } from "@/components/ui/Field";
import { Skeleton } from "@/components/ui/Skeleton";
import { roomFilmsQuery } from "@/lib/queries";
import { randomId } from "@/lib/random-id";
import type { TitleCard } from "@/types/schemas";
import { useRoomSession, useRoomState } from "../use-room";

const LEAST = 2;
const MOST = 6;

/** Choose two to six films that are ready, then ask. What was chosen stays chosen while other words are typed. */
export function PollMaker({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const roomId = useRoomState((state) => state.room?.id ?? "");
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<TitleCard[]>([]);
  const query = useQuery(roomFilmsQuery(roomId, useDeferredValue(typed.trim())));
  const others = (query.data ?? []).filter(({ id }) => !chosen.some((title) => title.id === id));
  const toggle = (title: TitleCard): void =>
    setChosen((known) => (known.includes(title) ? known.filter((one) => one !== title) : [...known, title]));
  const ask = (): void => {
    const titles = chosen.flatMap(({ id }) => (id === null ? [] : [id]));
    if (session.tell({ t: "poll.open", cid: randomId(), titles })) onDone();
  };
  return (
    <section
      aria-label={t("room.poll.ask")}
      className="flex flex-col gap-2 rounded-card border border-line bg-surface p-3"
    >
      <h2 className="font-medium text-sm">{t("room.poll.choose")}</h2>
      <Input
        type="search"
        aria-label={t("room.poll.find")}
        placeholder={t("room.poll.find")}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {query.isPending && <Skeleton className="h-16" />}
      {query.isError && query.data === undefined && (
        <p role="alert" className="text-bad text-sm">
          {t("errors.unexpected")}
        </p>
      )}
      <ul className="max-h-56 overflow-y-auto">
        {[...chosen, ...others].map((title) => (
          <li key={title.id}>
            <label className="flex min-h-10 items-center gap-2 text-sm">
              <input
                type="checkbox"
                checked={chosen.includes(title)}
                disabled={!chosen.includes(title) && chosen.length >= MOST}
                onChange={() => toggle(title)}
                className="size-4 accent-accent"
              />
              <span className="min-w-0 flex-1 truncate">{title.name}</span>
            </label>
          </li>
        ))}
      </ul>
      <div className="flex gap-2">
        <Button variant="primary" size="sm" disabled={chosen.length < LEAST} onClick={ask} data-testid="poll-open">
          {t("room.poll.open")}
        </Button>
        <Button variant="ghost" size="sm" onClick={onDone}>
          {t("common.cancel")}
        </Button>
      </div>
    </section>
  );
}
