/**
 * What a press of the button for play and pause means in a room. Pure.
 * Invariant: whoever presses while a pause is on its way wants that pause, and while a start is on its way that start;
 * no press is lost on a page that cannot show what the room plays.
 */
import { hasEnded } from "@/features/player/engine/timeline";
import type { TimelineBody } from "@/types/frames.gen";

export type Press = "play" | "pause" | "unblock" | "start_over";

/** The room went on before these, so a press just after them does not ask for the start that they bring. */
const WHILE_PLAYING: ReadonlySet<TimelineBody["cause"]> = new Set(["seek", "undo", "rate"]);

/** `isPaused`: the element's; `roomNow`: ms, null before the clock is known. */
export function meaningOf(
  timeline: TimelineBody | null,
  roomNow: number | null,
  { isPaused, isBlocked }: { isPaused: boolean; isBlocked: boolean },
): Press {
  if (isBlocked) return "unblock";
  if (!isPaused) return "pause";
  if (timeline === null || !timeline.playing || roomNow === null) return "play";
  if (hasEnded(timeline, roomNow)) return "start_over";
  return roomNow >= timeline.at_ms || WHILE_PLAYING.has(timeline.cause) ? "pause" : "play";
}
