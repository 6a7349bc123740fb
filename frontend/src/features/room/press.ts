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

/** The same without a picture: what the film does is what the room's time says. */
export function meaningByTime(room: Room, roomNow: number | null): Press {
  const { timeline, wasGoing } = room;
  if (timeline === null || roomNow === null) return "play";
  const isStopping = !timeline.playing && wasGoing && roomNow < timeline.at_ms;
  if (isStopping || isGoing(room, roomNow)) return "pause";
  return timeline.playing && !hasEnded(timeline, roomNow) ? "coming" : "play";
}

export function meaningOf(
  room: Room & { isBlocked: boolean },
  roomNow: number | null,
  element: { paused: boolean },
): Press {
  const { timeline, isBlocked } = room;
  if (isBlocked && timeline?.playing) return "unblock";
  if (!element.paused) return "pause";
  if (!timeline?.playing || roomNow === null || hasEnded(timeline, roomNow)) return "play";
  return isGoing(room, roomNow, LATE_START_MS) ? "pause" : "coming";
}
