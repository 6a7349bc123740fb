/**
 * Messages from a part of the film that this person has not reached wait until the film gets there.
 * Invariant: one's own words are never held back, and what was shown once in a visit stays in sight.
 */
import type { StoreApi } from "zustand/vanilla";
import type { ChatLine, Line } from "../feed";
import type { ShownLine } from "./amend";

export interface Guard {
  isOn: boolean;
  /** The farthest place of the film where this visit has been, seconds. */
  reachedS: number;
  /** Keys of messages that the person wanted to see at once. */
  revealed: ReadonlySet<string>;
}

/** Several messages from ahead in a row are one line, from the place of the first of them on the film. */
export interface HeldLine {
  kind: "held";
  key: string;
  fromS: number;
  keys: string[];
}

/** People of one room are never quite at the same place. */
const AHEAD_S = 10;
const KEY = "matinee.spoiler-guard";

export function isAhead(line: Line, guard: Guard, yourId: string | null): boolean {
  if (!guard.isOn || line.kind !== "chat" || line.seq === null || line.positionS === null) return false;
  const isOwn = yourId !== null && line.by === yourId;
  return !isOwn && line.positionS > guard.reachedS + AHEAD_S && !guard.revealed.has(line.key);
}

/** Keys of the messages that wait; what was said of the films before this one does not. */
export function keysAhead(lines: readonly ShownLine[], guard: Guard, yourId: string | null): string[] {
  const switched = lines.findLastIndex((line) => line.kind === "event" && line.event.k === "switched");
  return lines.slice(switched + 1).flatMap((line) => (isAhead(line, guard, yourId) ? [line.key] : []));
}

/** `held`: keys of the messages that wait. */
export function holdBack(lines: readonly ShownLine[], held: ReadonlySet<string>): (ShownLine | HeldLine)[] {
  const shown: (ShownLine | HeldLine)[] = [];
  for (const line of lines) {
    const last = shown.at(-1);
    if (line.kind !== "chat" || !held.has(line.key)) shown.push(line);
    else if (last?.kind === "held") shown[shown.length - 1] = withOneMore(last, line);
    else shown.push({ kind: "held", key: `held-${line.key}`, fromS: line.positionS ?? 0, keys: [line.key] });
  }
  return shown;
}

function withOneMore(held: HeldLine, { key, positionS }: ChatLine): HeldLine {
  return { ...held, fromS: Math.min(held.fromS, positionS ?? 0), keys: [...held.keys, key] };
}

type GuardStore = StoreApi<{ guard: Guard }>;

export function reach(store: GuardStore, positionS: number): void {
  if (positionS <= store.getState().guard.reachedS) return;
  store.setState(({ guard }) => ({ guard: { ...guard, reachedS: positionS } }));
}

/** Nobody has been anywhere on another film. */
export function startOver(store: GuardStore): void {
  store.setState(({ guard }) => ({ guard: { ...guard, reachedS: 0, revealed: new Set() } }));
}

export function reveal(store: GuardStore, keys: readonly string[]): void {
  store.setState(({ guard }) => ({ guard: { ...guard, revealed: new Set([...guard.revealed, ...keys]) } }));
}

/** Remembered on this device. */
export function turnGuard(store: GuardStore, isOn: boolean): void {
  if (isOn) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, "off");
  store.setState(({ guard }) => ({ guard: { ...guard, isOn } }));
}

export function isGuardOn(): boolean {
  return localStorage.getItem(KEY) !== "off";
}
