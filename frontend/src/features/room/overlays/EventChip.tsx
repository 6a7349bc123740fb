import { useEffect, useRef, useState } from "react";
import type { EventBody } from "@/types/frames.gen";
import type { ShownLine } from "../chat/amend";
import { isAhead } from "../chat/spoilers";
import { useEventText } from "../event-text";
import type { Line } from "../feed";
import { useRoomState } from "../use-room";

const SHOWN_MS = 3_500;

function isNews(line: Line): line is ShownLine {
  return line.kind !== "change" && line.seq !== null;
}

/** A card over the picture shows it already, with its answer; here it is only said, for those who do not see it. */
const ON_CARDS = new Set<EventBody["k"]>(["ready_asked", "next_offered", "waited", "proposed"]);

function isOnCard(line: ShownLine): boolean {
  return line.kind === "event" && ON_CARDS.has(line.event.k);
}

/** What somebody just did, or said while the chat is closed, for a moment over the picture. */
export function EventChip({ isPanelOpen }: { isPanelOpen: boolean }) {
  const textOf = useEventText();
  const last = useRoomState((state) => state.lines.findLast(isNews));
  const isHeld = useRoomState(({ guard, you }) => last !== undefined && isAhead(last, guard, you?.id ?? null));
  const [shown, setShown] = useForAWhile();
  const [onCard, setOnCard] = useForAWhile();
  const seenSeq = useRef(last?.seq ?? 0);

  useEffect(() => {
    if (last === undefined || (last.seq ?? 0) <= seenSeq.current) return;
    const isInPanel = last.kind === "chat" && isPanelOpen;
    if (isHeld && !isInPanel) return;
    seenSeq.current = last.seq ?? 0;
    if (isInPanel) return;
    if (isOnCard(last)) setOnCard(last);
    else setShown(last);
  }, [last, isPanelOpen, isHeld, setShown, setOnCard]);

  const textOfLine = (line: ShownLine): string =>
    line.kind === "chat" ? `${line.name}: ${line.text}` : textOf(line.event);
  const saysItself = isPanelOpen ? undefined : "status"; // else the log of the chat does
  return (
    <div role={saysItself} aria-atomic={false} className="max-w-[80%] self-start">
      {shown !== null && (
        <p className="truncate rounded-card bg-scrim-strong px-3 py-1.5 text-on-film text-sm">{textOfLine(shown)}</p>
      )}
      {onCard !== null && <p className="sr-only">{textOfLine(onCard)}</p>}
    </div>
  );
}

/** Each line for a while of its own: what follows and is no news here must not keep the old news on the picture. */
function useForAWhile(): [ShownLine | null, (line: ShownLine) => void] {
  const [line, setLine] = useState<ShownLine | null>(null);
  useEffect(() => {
    if (line === null) return;
    const timer = window.setTimeout(() => setLine(null), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [line]);
  return [line, setLine];
}
