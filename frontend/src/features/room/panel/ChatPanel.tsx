import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { amend, canEdit } from "../chat/amend";
import { Composer } from "../chat/Composer";
import { ComposeContext, type Purpose, SAY } from "../chat/compose";
import { GuardSwitch } from "../chat/GuardSwitch";
import { ReactionStrip } from "../chat/ReactionStrip";
import { holdBack, isAhead } from "../chat/spoilers";
import type { ChatLine } from "../feed";
import { useRoomSession, useRoomState } from "../use-room";
import { FeedLine } from "./FeedLine";
import { TypingNote } from "./TypingNote";

/** Nearer to the end than this, a new line scrolls into view; further up, somebody is reading. */
const FOLLOW_WITHIN_PX = 80;

/** Stands in no key: the server refuses it everywhere. */
const BETWEEN = "\u0000";

/** A region that scrolls must be reachable by keyboard. */
const REACHABLE = { tabIndex: 0 };

export function ChatPanel() {
  const { t } = useTranslation();
  const feed = useFeed();
  const [purpose, choose] = useState<Purpose>(SAY);
  const compose = useMemo(() => ({ purpose, choose }), [purpose]);
  const log = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);

  const newest = feed.lines.at(-1);
  useEffect(() => {
    const element = log.current;
    if (newest !== undefined && element !== null && isFollowing.current) element.scrollTop = element.scrollHeight;
  }, [newest]);

  const onScroll = (): void => {
    const element = log.current;
    if (element === null) return;
    isFollowing.current = element.scrollHeight - element.scrollTop - element.clientHeight < FOLLOW_WITHIN_PX;
  };

  return (
    <ComposeContext value={compose}>
      <GuardSwitch />
      <div
        ref={log}
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        aria-label={t("room.chat")}
        data-testid="chat-log"
        {...REACHABLE}
        onScroll={onScroll}
        className="flex min-h-0 flex-1 flex-col gap-1 overflow-y-auto px-4 py-3"
      >
        {feed.lines.map((line, index) => (
          <FeedLine
            key={line.key}
            line={line}
            before={feed.lines[index - 1] ?? null}
            quoted={line.kind === "chat" ? feed.find(line.reply) : null}
          />
        ))}
      </div>
      <TypingNote />
      <FilmReactions />
      <Composer lastOwn={feed.lastOwn} />
    </ComposeContext>
  );
}

/** The lines as this person may see them now, and messages among them by number. */
function useFeed() {
  const all = useRoomState((state) => state.lines);
  const you = useRoomState((state) => state.you);
  const lines = useMemo(() => amend(all), [all]);
  // One text, so that a film that plays on draws nothing anew until a message gets its turn.
  const held = useRoomState(({ guard }) =>
    lines.flatMap((line) => (isAhead(line, guard, you?.id ?? null) ? [line.key] : [])).join(BETWEEN),
  );
  return useMemo(() => {
    const shown = holdBack(lines, new Set(held.split(BETWEEN)));
    const messages = shown.filter((line): line is ChatLine => line.kind === "chat");
    const bySeq = new Map(messages.map((line) => [line.seq, line]));
    return {
      lines: shown,
      find: (seq: number | null): ChatLine | null => (seq === null ? null : (bySeq.get(seq) ?? null)),
      lastOwn: messages.findLast((line) => canEdit(line, you, Date.now())) ?? null,
    };
  }, [lines, held, you]);
}

/** One press and everybody sees it over the picture, now and whenever the film is here again. */
function FilmReactions() {
  const { t } = useTranslation();
  const session = useRoomSession();
  const mayReact = useRoomState((state) => state.you?.can.includes("react") ?? false);
  if (!mayReact) return null;
  return (
    <div data-testid="react-film" className="flex shrink-0 justify-center border-line border-t px-3 py-1">
      <ReactionStrip
        label={t("room.react_film")}
        onChoose={(e) => session.tell({ t: "react", e, mt: Math.max(0, session.expected() ?? 0) })}
      />
    </div>
  );
}
