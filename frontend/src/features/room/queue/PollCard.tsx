import { Vote } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { cx } from "@/components/ui/cx";
import { randomId } from "@/lib/random-id";
import type { PollBody, PollChoice } from "@/types/frames.gen";
import { useRoomSession, useRoomState } from "../use-room";
import { PollMaker } from "./PollMaker";
import { useMay } from "./use-queue";

/** "What shall we watch?": the open question, or the way to ask it. */
export function PollCard() {
  const { t } = useTranslation();
  const poll = useRoomState((state) => state.queue?.poll ?? null);
  const mayAsk = useMay("queue_edit");
  const [isAsking, setAsking] = useState(false);
  if (poll !== null) return <OpenPoll poll={poll} />;
  if (!mayAsk) return null;
  if (isAsking) return <PollMaker onDone={() => setAsking(false)} />;
  return (
    <Button size="sm" className="self-start" data-testid="poll-start" onClick={() => setAsking(true)}>
      <Vote aria-hidden className="size-4" />
      {t("room.poll.ask")}
    </Button>
  );
}

function OpenPoll({ poll }: { poll: PollBody }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const isOwn = useRoomState((state) => state.you?.id === poll.by);
  const mayClose = useMay("queue_edit") || isOwn;
  const all = poll.choices.reduce((sum, choice) => sum + choice.votes, 0);
  return (
    <section
      aria-label={t("room.poll.heading")}
      data-testid="poll"
      className="flex flex-col gap-2 rounded-card border border-line bg-surface p-3"
    >
      <h2 className="font-medium text-sm">{t("room.poll.heading")}</h2>
      <p className="text-muted text-xs">{t("room.poll.by", { name: poll.name, count: all })}</p>
      <ul className="flex flex-col gap-1.5">
        {poll.choices.map((choice) => (
          <Choice key={choice.title.id} poll={poll} choice={choice} all={all} />
        ))}
      </ul>
      {mayClose && (
        <Button
          size="sm"
          className="self-start"
          data-testid="poll-close"
          onClick={() => session.tell({ t: "poll.close", cid: randomId(), poll: poll.poll })}
        >
          {t("room.poll.close")}
        </Button>
      )}
    </section>
  );
}

function Choice({ poll, choice, all }: { poll: PollBody; choice: PollChoice; all: number }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const mayVote = useMay("queue_vote");
  const { id, name } = choice.title;
  const isMine = poll.mine === id;
  const vote = (): void => {
    if (id !== null) session.tell({ t: "poll.vote", cid: randomId(), poll: poll.poll, title: id });
  };
  return (
    <li>
      <button
        type="button"
        aria-pressed={isMine}
        disabled={!mayVote}
        data-testid={`poll-${id}`}
        onClick={vote}
        aria-label={t("room.poll.vote", { name, count: choice.votes })}
        className={cx(
          "relative flex min-h-11 w-full items-center gap-2 overflow-hidden rounded-card border px-3 text-left text-sm",
          isMine ? "border-accent" : "border-line enabled:hover:border-edge",
        )}
      >
        <span
          aria-hidden
          className="absolute inset-y-0 left-0 bg-raised transition-[width]"
          style={{ width: `${all === 0 ? 0 : (100 * choice.votes) / all}%` }}
        />
        <span className="relative min-w-0 flex-1 truncate">{name}</span>
        <span className="relative tabular-nums">{choice.votes}</span>
      </button>
    </li>
  );
}
