/**
 * What is written beside the film: messages and what happened, in order. Pure.
 * Invariant: however often and in whatever order an event arrives, it stands once, at its sequence number; a message on
 * its way stands last until its event, with the same `cid`, takes its place.
 */
import type { Burst, EventBody } from "@/types/frames.gen";

export type Delivery = "sent" | "sending" | "failed";

export type Emoji = Burst["e"];

export const EMOJIS = [
  "heart",
  "laugh",
  "wow",
  "sad",
  "scared",
  "party",
  "fire",
  "thumbs_up",
] as const satisfies Emoji[];

/** By emoji the people who feel so, in the order in which they said it. */
export type Reactions = Partial<Record<Emoji, readonly string[]>>;

export interface ChatLine {
  kind: "chat";
  key: string;
  /** Null while the message is on its way. */
  seq: number | null;
  cid: string | null;
  by: string | null;
  name: string;
  text: string;
  /** When it was said, null while it is on its way. */
  at: string | null;
  /** The message that it answers. */
  reply: number | null;
  /** The number of its last change, 0 for none. */
  editedSeq: number;
  isRemoved: boolean;
  reactions: Reactions;
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

/** What happened to an earlier message: kept at its place, shown by the message itself (chat/amend.ts). */
export interface ChangeLine {
  kind: "change";
  key: string;
  seq: number;
  event: EventBody;
}

export type Line = ChatLine | EventLine | ChangeLine;

/** Enough to read back; the server keeps the rest. */
const MOST_LINES = 500;
const MOST_CHANGES = 2_000;

/** Seen where they happen; a line for each vote would push the talk away. */
const QUIET: ReadonlySet<EventBody["k"]> = new Set(["queue_moved", "queue_voted", "poll_voted"]);

export function addEvents(lines: readonly Line[], events: readonly EventBody[]): Line[] {
  const told = events.filter(({ k }) => !QUIET.has(k));
  return told.reduce<Line[]>((all, event) => addEvent(all, event), [...lines]);
}

export function addPending(
  lines: readonly Line[],
  message: Pick<ChatLine, "by" | "name" | "text" | "positionS" | "reply"> & { cid: string },
): Line[] {
  const sending = { key: message.cid, seq: null, at: null, delivery: "sending", failure: null } as const;
  return [...lines, { ...message, ...UNCHANGED, ...sending, kind: "chat" }];
}

export function markPending(
  lines: readonly Line[],
  cid: string,
  delivery: Delivery,
  failure: string | null = null,
): Line[] {
  return lines.map((line) => (isPending(line, cid) ? { ...line, delivery, failure } : line));
}

/** The server has it. Its event came before that word, unless it was said so long ago that nobody is told of it anew. */
export function dropPending(lines: Line[], cid: string): Line[] {
  return lines.some((line) => isPending(line, cid)) ? lines.filter((line) => !isPending(line, cid)) : lines;
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
  return newest([...others.slice(0, at), line, ...others.slice(at)]);
}

/** However much people react, as many messages remain. */
function newest(lines: Line[]): Line[] {
  if (lines.length <= MOST_LINES) return lines;
  const room = { change: MOST_CHANGES, shown: MOST_LINES };
  const first = lines.findLastIndex((line) => {
    const kind = line.kind === "change" ? "change" : "shown";
    room[kind] -= 1;
    return room[kind] < 0;
  });
  return lines.slice(first + 1);
}

function firstSettled(lines: readonly Line[]): number {
  const index = lines.findIndex(({ seq }) => seq !== null);
  return index === -1 ? 0 : index;
}

const UNCHANGED = { editedSeq: 0, isRemoved: false, reactions: {} } as const;

const CHANGES: readonly EventBody["k"][] = ["edited", "deleted", "reacted"];

function toLine(event: EventBody): Line {
  const { seq, k, cid, data } = event;
  if (CHANGES.includes(k)) return { kind: "change", key: `e${seq}`, seq, event };
  if (k !== "chat") return { kind: "event", key: `e${seq}`, seq, event };
  return {
    kind: "chat",
    key: cid ?? `e${seq}`,
    seq,
    cid: cid ?? null,
    by: event.by,
    name: event.name ?? "",
    text: event.text ?? "",
    at: event.at,
    reply: event.reply ?? null,
    editedSeq: Number(data?.edited ?? 0),
    isRemoved: data?.deleted !== undefined,
    reactions: readReactions(data ?? {}),
    positionS: event.position_s ?? null,
    delivery: "sent",
    failure: null,
  };
}

/** Somebody who comes in finds them at the message itself. */
function readReactions(data: Readonly<Record<string, string>>): Reactions {
  const given = EMOJIS.flatMap((emoji) => (data[emoji] === undefined ? [] : [[emoji, data[emoji].split(" ")]]));
  return Object.fromEntries(given) as Reactions;
}
