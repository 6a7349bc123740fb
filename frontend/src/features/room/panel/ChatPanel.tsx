import { SendHorizontal } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Input } from "@/components/ui/Field";
import { useRoomSession, useRoomState } from "../use-room";
import { FeedLine } from "./FeedLine";
import { TypingNote } from "./TypingNote";

const MOST_CHARACTERS = 500;
/** Nearer to the end than this, a new line scrolls into view; further up, somebody is reading. */
const FOLLOW_WITHIN_PX = 80;

/** A region that scrolls must be reachable by keyboard. */
const REACHABLE = { tabIndex: 0 };

export function ChatPanel() {
  const { t } = useTranslation();
  const lines = useRoomState((state) => state.lines);
  const log = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);

  const count = lines.length;
  useEffect(() => {
    const element = log.current;
    if (count > 0 && element !== null && isFollowing.current) element.scrollTop = element.scrollHeight;
  }, [count]);

  const onScroll = (): void => {
    const element = log.current;
    if (element === null) return;
    isFollowing.current = element.scrollHeight - element.scrollTop - element.clientHeight < FOLLOW_WITHIN_PX;
  };

  return (
    <>
      <div
        ref={log}
        role="log"
        aria-live="polite"
        aria-label={t("room.chat")}
        data-testid="chat-log"
        {...REACHABLE}
        onScroll={onScroll}
        className="flex min-h-0 flex-1 flex-col gap-1 overflow-y-auto px-4 py-3"
      >
        {lines.map((line, index) => (
          <FeedLine key={line.key} line={line} before={lines[index - 1] ?? null} />
        ))}
      </div>
      <TypingNote />
      <ChatForm />
    </>
  );
}

function ChatForm() {
  const { t } = useTranslation();
  const session = useRoomSession();
  const [text, setText] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const words = text.trim();
    if (words === "") return;
    session.say(words);
    setText("");
  };
  return (
    <form onSubmit={submit} className="flex shrink-0 gap-2 border-line border-t p-3">
      <Input
        data-testid="chat-input"
        aria-label={t("room.message")}
        placeholder={t("room.message")}
        autoComplete="off"
        enterKeyHint="send"
        maxLength={MOST_CHARACTERS}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          session.typing();
        }}
      />
      <Button type="submit" variant="primary" size="icon" className="size-11" aria-label={t("room.send")}>
        <SendHorizontal aria-hidden className="size-4" />
      </Button>
    </form>
  );
}
