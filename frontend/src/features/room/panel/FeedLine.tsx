import { memo } from "react";
import type { ShownLine } from "../chat/amend";
import { HeldNote } from "../chat/HeldNote";
import { Message } from "../chat/Message";
import type { HeldLine } from "../chat/spoilers";
import { useEventText } from "../event-text";
import type { ChatLine } from "../feed";

interface FeedLineProps {
  line: ShownLine | HeldLine;
  before: ShownLine | HeldLine | null;
  /** The message that this one answers, as far as it is known and may be shown. */
  quoted: ChatLine | null;
}

/** Drawn anew only when it changes: hundreds of lines stand beside a film that must start in time. */
export const FeedLine = memo(function FeedLine({ line, before, quoted }: FeedLineProps) {
  const textOf = useEventText();
  if (line.kind === "held") return <HeldNote held={line} />;
  if (line.kind === "event") {
    return <p className="py-0.5 text-center text-muted text-xs">{textOf(line.event)}</p>;
  }
  const isContinued = before?.kind === "chat" && before.by === line.by;
  return <Message line={line} isContinued={isContinued} quoted={quoted} />;
});
