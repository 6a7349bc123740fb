import { describe, expect, it } from "vitest";
import type { TimelineBody } from "@/types/frames.gen";
import { meaningOf, type Press } from "./press";

const NOW = 1_800_000_000_000;
const timeline = (over: Partial<TimelineBody>): TimelineBody => ({
  rev: 3,
  epoch: 1,
  item: "film",
  position_ms: 60_000,
  rate: 1,
  at_ms: NOW,
  playing: true,
  duration_ms: 600_000,
  cause: "play",
  by: null,
  wait: null,
  ...over,
});
const still = { isPaused: true, isBlocked: false };
const moving = { isPaused: false, isBlocked: false };

describe("a press", () => {
  it.each<[string, Partial<TimelineBody>, { isPaused: boolean; isBlocked: boolean }, Press]>([
    ["at rest", { playing: false, cause: "pause" }, still, "play"],
    ["while it plays", { at_ms: NOW - 5_000 }, moving, "pause"],
    ["while a pause is on its way", { playing: false, cause: "pause", at_ms: NOW + 100 }, moving, "pause"],
    ["while a start is on its way", { at_ms: NOW + 100 }, still, "play"],
    ["while the next film counts down", { cause: "item", at_ms: NOW + 2_500 }, still, "play"],
    ["while a jump is on its way", { cause: "seek", at_ms: NOW + 100 }, still, "pause"],
    ["on a page that cannot show what plays", { at_ms: NOW - 5_000 }, still, "pause"],
    ["on a page that may not play yet", { at_ms: NOW - 5_000 }, { isPaused: true, isBlocked: true }, "unblock"],
    ["while the room waits", { playing: false, cause: "wait" }, still, "play"],
    ["after the end", { at_ms: NOW - 600_000 }, still, "start_over"],
  ])("%s", (_, over, element, wanted) => {
    expect(meaningOf(timeline(over), NOW, element)).toBe(wanted);
  });

  it("plays before anything is known", () => {
    expect(meaningOf(null, null, still)).toBe("play");
    expect(meaningOf(timeline({}), null, still)).toBe("play");
  });
});
