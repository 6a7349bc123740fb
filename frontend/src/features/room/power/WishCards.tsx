import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { formatClock } from "@/lib/format";
import { randomId } from "@/lib/random-id";
import type { WishBody } from "@/types/frames.gen";
import { useRoomSession, useRoomState } from "../use-room";
import { useRoomTick } from "./use-room-tick";
import { votesNeeded, wishesFor } from "./ways";

/** What the room votes on, whom the host can allow something, and what this person asked for. */
export function WishCards() {
  const wishes = useRoomState((state) => state.wishes);
  const you = useRoomState((state) => state.you);
  const nowMs = useRoomTick(wishes.length > 0) ?? 0;
  const shown = wishesFor(wishes, you, nowMs);
  return (
    <ul className="flex flex-col items-center gap-2">
      {shown.map((wish) => (
        <li
          key={wish.id}
          data-testid={wish.kind}
          className="pointer-events-auto flex flex-wrap items-center justify-center gap-3 rounded-card bg-scrim-strong px-4 py-2 text-on-film text-sm"
        >
          <WishCard wish={wish} leftS={Math.max(0, Math.ceil((wish.until_ms - nowMs) / 1000))} youId={you?.id ?? ""} />
        </li>
      ))}
    </ul>
  );
}

interface CardProps {
  wish: WishBody;
  leftS: number;
  youId: string;
}

function WishCard({ wish, leftS, youId }: CardProps) {
  const { t } = useTranslation();
  if (wish.kind === "vote") return <VoteCard wish={wish} leftS={leftS} youId={youId} />;
  if (wish.by === youId) {
    return (
      <p>
        <span role="status">{t("power.asked")}</span>{" "}
        <span aria-live="off" className="tabular-nums">
          {t("room.seconds", { seconds: leftS })}
        </span>
      </p>
    );
  }
  return <AskCard wish={wish} />;
}

function AskCard({ wish }: { wish: WishBody }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const answer = (ok: boolean): void => void session.tell({ t: "grant", cid: randomId(), ask: wish.id, ok });
  return (
    <>
      <p role="status">{t(`power.asks.${wish.op}`, { name: wish.name, time: formatClock(wish.position ?? 0) })}</p>
      <Button variant="primary" size="sm" onClick={() => answer(true)}>
        {t("power.allow")}
      </Button>
      <Button variant="film" size="sm" onClick={() => answer(false)}>
        {t("power.refuse")}
      </Button>
    </>
  );
}

function VoteCard({ wish, leftS, youId }: CardProps) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const needed = useRoomState((state) => votesNeeded(state.members));
  const answer = (ok: boolean): void => void session.tell({ t: "vote", cid: randomId(), vote: wish.id, ok });
  return (
    <>
      <div>
        <p role="status" className="font-medium">
          {t(`power.votes.${wish.op}`, { time: formatClock(wish.position ?? 0) })}
        </p>
        <p aria-live="off" className="text-on-film-muted text-xs tabular-nums">
          {t("power.proposed_by", { name: wish.name, yes: wish.yes.length, needed, seconds: leftS })}
        </p>
      </div>
      <Button variant="primary" size="sm" aria-pressed={wish.yes.includes(youId)} onClick={() => answer(true)}>
        {t("power.yes")}
      </Button>
      <Button variant="film" size="sm" aria-pressed={wish.no.includes(youId)} onClick={() => answer(false)}>
        {t("power.no")}
      </Button>
    </>
  );
}
