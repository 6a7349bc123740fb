/**
 * Messages as they stand now: what people wrote, and what became of it later. Pure.
 * Invariant: the same events give the same messages in whatever order they arrived, because the lines stand in the order
 * of their numbers; a message that was removed stays removed.
 */
import type { EventBody } from "@/types/frames.gen";
import { type ChatLine, EMOJIS, type Emoji, type EventLine, type Line, type Reactions } from "../feed";

export type ShownLine = ChatLine | EventLine;

export function amend(lines: readonly Line[]): ShownLine[] {
  const changes = new Map<number, EventBody[]>();
  for (const line of lines) {
    if (line.kind !== "change" || line.event.reply == null) continue;
    const known = changes.get(line.event.reply);
    if (known === undefined) changes.set(line.event.reply, [line.event]);
    else known.push(line.event);
  }
  return lines
    .filter((line): line is ShownLine => line.kind !== "change")
    .map((line) => (line.kind === "chat" ? (changes.get(line.seq ?? 0) ?? []).reduce(withChange, line) : line));
}

function withChange(line: ChatLine, { k, seq, text, by, data }: EventBody): ChatLine {
  if (line.isRemoved) return line;
  if (k === "deleted") return { ...line, text: "", isRemoved: true, reactions: {} };
  if (k === "edited") return seq > line.editedSeq ? { ...line, text: text ?? "", editedSeq: seq } : line;
  const emoji = EMOJIS.find((each) => each === data?.emoji);
  if (emoji === undefined || by === null) return line;
  return { ...line, reactions: withReaction(line.reactions, emoji, by, data?.on === "yes") };
}

function withReaction(reactions: Reactions, emoji: Emoji, by: string, isOn: boolean): Reactions {
  const others = (reactions[emoji] ?? []).filter((id) => id !== by);
  return { ...reactions, [emoji]: isOn ? [...others, by] : others };
}

/** The server's rule; it has the last word. */
const CHANGE_WITHIN_MS = 15 * 60_000;

export interface Person {
  id: string;
  can: readonly string[];
}

export function canEdit(line: ChatLine, you: Person | null, nowMs: number): boolean {
  if (line.seq === null || line.isRemoved || !you?.can.includes("chat")) return false;
  return isOwn(line, you) && isFresh(line, nowMs);
}

export function canRemove(line: ChatLine, you: Person | null, nowMs: number): boolean {
  if (line.seq === null || line.isRemoved || you === null) return false;
  return you.can.includes("kick") || (isOwn(line, you) && isFresh(line, nowMs));
}

function isOwn(line: ChatLine, you: Person | null): boolean {
  return you !== null && line.by === you.id;
}

function isFresh({ at }: ChatLine, nowMs: number): boolean {
  return at !== null && nowMs - Date.parse(at) < CHANGE_WITHIN_MS;
}
