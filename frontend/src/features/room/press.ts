/**
 * What the button for play and pause offers in a room, and what a press of it means. Pure.
 * Invariant: a press does what the button offered. Whoever presses while a pause is on its way wants that pause, and
 * while a start is on its way that start; who interrupts a room that goes on pauses it, whatever their page can show.
 */
import { hasEnded } from "@/features/player/engine/timeline";
import type { TimelineBody } from "@/types/frames.gen";

/** "coming": the start that a press would ask for is on its way. */
export type Press = "play" | "pause" | "unblock" | "coming";

/** A page starts up to this much late, by a timer or to make up for a late pause. */
const LATE_START_MS = 500;

interface Room {
  timeline: TimelineBody | null;
  /** It went on when `timeline` came. */
  wasGoing: boolean;
}

/**
 * Whether the room goes on at `roomNow` (ms; null before the clock is known). A start that is ahead, or came less than
 * `graceMs` ago, counts only when it came to a room that went on: after a jump, another film or another speed.
 */
export function isGoing({ timeline, wasGoing }: Room, roomNow: number | null, graceMs = 0): boolean {
  if (timeline === null || !timeline.playing || roomNow === null || hasEnded(timeline, roomNow)) return false;
  return wasGoing || roomNow >= timeline.at_ms + graceMs;
}

export function meaningOf(
  room: Room & { isBlocked: boolean },
  roomNow: number | null,
  element: { paused: boolean },
): Press {
  if (room.isBlocked && room.timeline?.playing) return "unblock";
  return element.paused ? whileStill(room, roomNow, LATE_START_MS) : "pause";
}

/** The same without a picture: what the film does is what the room's time says. */
export function meaningByTime(room: Room, roomNow: number | null): Press {
  const { timeline, wasGoing } = room;
  const isStopping = wasGoing && timeline?.playing === false && roomNow !== null && roomNow < timeline.at_ms;
  return isStopping ? "pause" : whileStill(room, roomNow, 0);
}

function whileStill(room: Room, roomNow: number | null, graceMs: number): Press {
  const { timeline } = room;
  if (!timeline?.playing || roomNow === null || hasEnded(timeline, roomNow)) return "play";
  return isGoing(room, roomNow, graceMs) ? "pause" : "coming";
}
