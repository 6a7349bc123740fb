/**
 * What is written beside the film: messages and what happened, in order. Pure.
 * Invariant: however often and in whatever order an event arrives, it stands once, at its sequence number; a message on
 * its way stands last until its event, with the same `cid`, takes its place.
 */
import type { EventBody } from "@/types/frames.gen";

export type Delivery = "sent" | "sending" | "failed";

export interface ChatLine {
  kind: "chat";
  key: string;
  /** Null while the message is on its way. */
  seq: number | null;
  cid: string | null;
  by: string | null;
  name: string;
  text: string;
  positionS: number | null;
  delivery: Delivery;
  /** Why it failed, in the server's words. */
  failure: string | null;
}

export interface EventLine {
  kind: "event";
  key: string;
  seq: number;
  event: EventBody;
}

export type Line = ChatLine | EventLine;

/** Enough to read back; the server keeps the rest. */
const MOST_LINES = 500;

/** Seen where they happen; a line for each vote would push the talk away. */
const QUIET: ReadonlySet<EventBody["k"]> = new Set(["queue_moved", "queue_voted", "poll_voted"]);

export function addEvents(lines: readonly Line[], events: readonly EventBody[]): Line[] {
  const told = events.filter(({ k }) => !QUIET.has(k));
  return told.reduce<Line[]>((all, event) => addEvent(all, event), [...lines]);
}

export function addPending(
  lines: readonly Line[],
  message: Pick<ChatLine, "by" | "name" | "text" | "positionS"> & { cid: string },
): Line[] {
  const line: ChatLine = { ...message, kind: "chat", key: message.cid, seq: null, delivery: "sending", failure: null };
  return [...lines, line];
}

export function markPending(
  lines: readonly Line[],
  cid: string,
  delivery: Delivery,
  failure: string | null = null,
): Line[] {
  return lines.map((line) => (isPending(line, cid) ? { ...line, delivery, failure } : line));
}

/** After a gap that the server could not fill, only what it sent now and what is on its way remain. */
export function restart(lines: readonly Line[], events: readonly EventBody[]): Line[] {
  return addEvents(
    lines.filter((line) => line.seq === null),
    events,
  );
}

export function pendingLines(lines: readonly Line[]): ChatLine[] {
  return lines.filter((line): line is ChatLine => line.kind === "chat" && line.seq === null);
}

function isPending(line: Line, cid: string): line is ChatLine {
  return line.kind === "chat" && line.seq === null && line.cid === cid;
}

function addEvent(lines: readonly Line[], event: EventBody): Line[] {
  if (lines.some(({ seq }) => seq === event.seq)) return [...lines];
  const { cid } = event;
  const others = cid == null ? lines : lines.filter((line) => !isPending(line, cid));
  const line = toLine(event);
  const after = others.findLastIndex(({ seq }) => seq !== null && seq < event.seq);
  const at = after === -1 ? firstSettled(others) : after + 1;
  return [...others.slice(0, at), line, ...others.slice(at)].slice(-MOST_LINES);
}

function firstSettled(lines: readonly Line[]): number {
  const index = lines.findIndex(({ seq }) => seq !== null);
  return index === -1 ? 0 : index;
}

function toLine(event: EventBody): Line {
  if (event.k !== "chat") return { kind: "event", key: `e${event.seq}`, seq: event.seq, event };
  return {
    kind: "chat",
    key: event.cid ?? `e${event.seq}`,
    seq: event.seq,
    cid: event.cid ?? null,
    by: event.by,
    name: event.name ?? "",
    text: event.text ?? "",
    positionS: event.position_s ?? null,
    delivery: "sent",
    failure: null,
  };
}
