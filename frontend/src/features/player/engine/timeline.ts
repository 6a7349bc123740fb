/**
 * The room's timeline: where the film should be at a moment of room time.
 * Invariant: nothing here reads a clock; a timeline is replaced whole, never edited.
 */

export interface Timeline {
  rev: number;
  epoch: number;
  item: string | null;
  position_ms: number;
  rate: number;
  /** Room time in ms at which `position_ms` holds; in the future for a scheduled start. */
  at_ms: number;
  playing: boolean;
  duration_ms: number;
  cause: string;
  by: string | null;
}

/** Film position in ms at room time `nowMs`, kept inside the film. */
export function positionMsAt(timeline: Timeline, nowMs: number): number {
  const elapsed = timeline.playing ? Math.max(0, nowMs - timeline.at_ms) * timeline.rate : 0;
  const end = timeline.duration_ms > 0 ? timeline.duration_ms : Number.POSITIVE_INFINITY;
  return Math.min(Math.max(0, timeline.position_ms + elapsed), end);
}

/** Film position in seconds at room time `nowMs`. */
export function positionAt(timeline: Timeline, nowMs: number): number {
  return positionMsAt(timeline, nowMs) / 1000;
}

/** Frames may be repeated or reordered: only a greater revision of the same epoch counts. */
export function supersedes(next: Timeline, current: Timeline | null): boolean {
  if (current === null) return true;
  return next.epoch === current.epoch && next.rev > current.rev;
}

/** True once a playing timeline has reached the end of the film. */
export function hasEnded(timeline: Timeline, nowMs: number): boolean {
  return timeline.duration_ms > 0 && positionMsAt(timeline, nowMs) >= timeline.duration_ms;
}
