import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { amend, canEdit } from "../chat/amend";
import { Composer } from "../chat/Composer";
import { ComposeContext, type Purpose, SAY } from "../chat/compose";
import { GuardSwitch } from "../chat/GuardSwitch";
import { ReactionStrip } from "../chat/ReactionStrip";
import { holdBack, keysAhead } from "../chat/spoilers";
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
  const { onScroll } = useFollowing(log, feed.lines.at(-1));

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

/** Whoever is at the end stays there: with a new line, and when the log is shown again or gets another height. */
function useFollowing(log: RefObject<HTMLDivElement | null>, newest: unknown) {
  const isFollowing = useRef(true);
  const heightPx = useRef(0);
  const follow = useCallback((): void => {
    const element = log.current;
    if (element === null) return;
    heightPx.current = element.clientHeight;
    if (isFollowing.current) element.scrollTop = element.scrollHeight;
  }, [log]);
  useEffect(() => {
    if (newest !== undefined) follow();
  }, [newest, follow]);
  useEffect(() => {
    if (log.current === null) return;
    const observer = new ResizeObserver(follow);
    observer.observe(log.current);
    return () => observer.disconnect();
  }, [log, follow]);
  const onScroll = (): void => {
    const element = log.current;
    // Another height scrolls too, and says nothing about what the person wants.
    if (element === null || element.clientHeight !== heightPx.current) return;
    isFollowing.current = element.scrollHeight - element.scrollTop - element.clientHeight < FOLLOW_WITHIN_PX;
  };
  return { onScroll };
}

/** The lines as this person may see them now, and messages among them by number. */
function useFeed() {
  const all = useRoomState((state) => state.lines);
  const you = useRoomState((state) => state.you);
  const lines = useMemo(() => amend(all), [all]);
  // One text, so that a film that plays on draws nothing anew until a message gets its turn.
  const held = useRoomState(({ guard }) => keysAhead(lines, guard, you?.id ?? null).join(BETWEEN));
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
