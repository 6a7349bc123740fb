import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/ui/cx";
import { formatClock } from "@/lib/format";
import type { ChatLine } from "../feed";
import { useRoomSession, useRoomState } from "../use-room";
import { MessageActions } from "./MessageActions";
import { MessageReactions, useToggleReaction } from "./MessageReactions";
import { Quote } from "./Quote";
import { ReactionStrip } from "./ReactionStrip";

interface MessageProps {
  line: ChatLine;
  /** Somebody who goes on talking is not named again. */
  isContinued: boolean;
  /** The message that this one answers, as far as it is known and may be shown. */
  quoted: ChatLine | null;
}

export function Message({ line, isContinued, quoted }: MessageProps) {
  const { t } = useTranslation();
  const isOwn = useRoomState((state) => state.you?.id === line.by);
  const [isPicking, setPicking] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const { isMine, toggle } = useToggleReaction(line);
  const align = isOwn ? "items-end" : "items-start";
  return (
    <div
      id={line.seq === null ? undefined : `message-${line.seq}`}
      tabIndex={-1}
      data-testid="message"
      className={cx("group relative flex scroll-my-8 flex-col rounded-card", align, !isContinued && "mt-2")}
    >
      {!isContinued && (
        <p className="mb-0.5 text-muted text-xs">
          <span className="font-medium text-text">{line.name}</span>
          {line.positionS !== null && <span className="tabular-nums"> · {formatClock(line.positionS)}</span>}
        </p>
      )}
      <div className={cx("flex w-full items-center gap-1", isOwn && "flex-row-reverse")}>
        <Words line={line} isOwn={isOwn} quoted={quoted} />
        {line.seq !== null && !line.isRemoved && (
          <button
            type="button"
            aria-label={t("room.message_actions", { name: line.name })}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            className="hidden size-9 shrink-0 items-center justify-center text-muted pointer-coarse:inline-flex"
          >
            <Ellipsis aria-hidden className="size-4" />
          </button>
        )}
      </div>
      <div
        aria-live="off"
        className={cx(
          "-top-3 absolute z-10 rounded-card border border-line bg-surface shadow-float",
          isOwn ? "left-0" : "right-0",
          "pointer-fine:pointer-events-none pointer-fine:opacity-0",
          "pointer-fine:group-focus-within:pointer-events-auto pointer-fine:group-focus-within:opacity-100",
          "pointer-fine:group-hover:pointer-events-auto pointer-fine:group-hover:opacity-100",
          !isOpen && "pointer-coarse:hidden",
        )}
      >
        <MessageActions line={line} isPicking={isPicking} onPick={() => setPicking(!isPicking)} />
      </div>
      {isPicking && (
        <ReactionStrip
          label={t("room.react_to", { name: line.name })}
          isChosen={isMine}
          onChoose={(emoji) => {
            toggle(emoji);
            setPicking(false);
            setOpen(false);
          }}
        />
      )}
      <MessageReactions line={line} />
      <DeliveryNote line={line} />
    </div>
  );
}

function Words({ line, isOwn, quoted }: { line: ChatLine; isOwn: boolean; quoted: ChatLine | null }) {
  const { t } = useTranslation();
  if (line.isRemoved) {
    return (
      <p className="rounded-card border border-line px-3 py-1.5 text-muted text-sm italic">
        {t("room.message_removed")}
      </p>
    );
  }
  return (
    <div
      className={cx(
        "wrap-anywhere min-w-0 max-w-[88%] rounded-card px-3 py-1.5 text-sm",
        isOwn ? "bg-accent text-on-accent" : "bg-raised text-text",
        line.delivery !== "sent" && "opacity-70",
      )}
    >
      {line.reply !== null && <Quote quoted={quoted} />}
      <p className="whitespace-pre-wrap">
        {line.text}
        {line.editedSeq > 0 && <span className="text-xs opacity-75"> ({t("room.edited")})</span>}
      </p>
    </div>
  );
}

function DeliveryNote({ line }: { line: ChatLine }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const { delivery, failure, cid } = line;
  if (delivery === "sent") return null;
  if (delivery === "sending") return <p className="text-muted text-xs">{t("room.sending")}</p>;
  return (
    <p className="text-bad text-xs">
      {failure || t("room.not_sent")}{" "}
      <button type="button" className="underline" onClick={() => cid !== null && session.sayAgain(cid)}>
        {t("room.send_again")}
      </button>
    </p>
  );
}
