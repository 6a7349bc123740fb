import { Check, SendHorizontal, X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { Input } from "@/components/ui/Field";
import { randomId } from "@/lib/random-id";
import type { ChatLine } from "../feed";
import { useRoomSession, useRoomState } from "../use-room";
import { SAY, useCompose } from "./compose";

const MOST_CHARACTERS = 500;

/** Where people type. `lastOwn` is what the arrow up goes back to, while nothing is written. */
export function Composer({ lastOwn }: { lastOwn: ChatLine | null }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const mayChat = useRoomState((state) => state.you?.can.includes("chat") ?? false);
  const { purpose, choose } = useCompose();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const isEditing = purpose.kind === "edit";

  useEffect(() => {
    if (purpose.kind === "say") return;
    if (purpose.kind === "edit") setText(purpose.line.text);
    input.current?.focus();
  }, [purpose]);

  const finish = (): void => {
    setText("");
    choose(SAY);
  };
  const cancel = (): void => {
    if (isEditing) setText("");
    choose(SAY);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const words = text.trim();
    if (words === "") return;
    if (purpose.kind === "edit") {
      const isSent = session.tell({ t: "chat.edit", cid: randomId(), seq: purpose.line.seq ?? 0, text: words });
      if (!isSent) return;
    } else session.say(words, purpose.kind === "reply" ? purpose.to.seq : null);
    finish();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && purpose.kind !== "say") {
      event.preventDefault();
      cancel();
    } else if (event.key === "ArrowUp" && text === "" && lastOwn !== null) {
      event.preventDefault();
      choose({ kind: "edit", line: lastOwn });
    }
  };

  return (
    <form onSubmit={submit} className="shrink-0 border-line border-t p-3">
      <PurposeNote onCancel={cancel} />
      {!mayChat && <p className="mb-2 text-muted text-xs">{t("room.may_not_chat")}</p>}
      <div className="flex gap-2">
        <Input
          ref={input}
          data-testid="chat-input"
          aria-label={t("room.message")}
          placeholder={t("room.message")}
          autoComplete="off"
          enterKeyHint="send"
          maxLength={MOST_CHARACTERS}
          disabled={!mayChat}
          value={text}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setText(event.currentTarget.value);
            session.typing();
          }}
        />
        <Button
          type="submit"
          variant="primary"
          size="icon"
          className="size-11"
          disabled={!mayChat}
          aria-label={isEditing ? t("room.save") : t("room.send")}
        >
          {isEditing ? <Check aria-hidden className="size-4" /> : <SendHorizontal aria-hidden className="size-4" />}
        </Button>
      </div>
    </form>
  );
}

/** Says what the words will be, and is the way back from it; Escape is another. */
function PurposeNote({ onCancel }: { onCancel: () => void }) {
  const { t } = useTranslation();
  const { purpose } = useCompose();
  if (purpose.kind === "say") return null;
  const line = purpose.kind === "reply" ? purpose.to : purpose.line;
  return (
    <div className="mb-2 flex items-center gap-2 border-accent border-l-2 pl-2 text-xs">
      <p role="status" className="min-w-0 flex-1">
        <span className="block font-medium">
          {purpose.kind === "reply" ? t("room.replying", { name: line.name }) : t("room.editing")}
        </span>
        <span className="block truncate text-muted">{line.text}</span>
      </p>
      <Button variant="ghost" size="icon" className="size-8" aria-label={t("room.cancel")} onClick={onCancel}>
        <X aria-hidden className="size-4" />
      </Button>
    </div>
  );
}
