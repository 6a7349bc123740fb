import { describe, expect, it } from "vitest";
import { resting } from "@/test/fixtures";
import type { TimelineBody } from "@/types/frames.gen";
import { isGoing, meaningByTime, meaningOf, type Press } from "./press";

const NOW = 1_800_000_000_000;
const AFTER_ALL = NOW + 600_000;
const timeline = (over: Partial<TimelineBody>): TimelineBody => ({
  ...resting,
  at_ms: NOW,
  playing: true,
  cause: "play",
  ...over,
});
const room = (over: Partial<TimelineBody>, { wasGoing = false, isBlocked = false } = {}) => ({
  timeline: timeline(over),
  wasGoing,
  isBlocked,
});
const still = { paused: true };
const moving = { paused: false };

describe("a press", () => {
  it.each<[string, ReturnType<typeof room>, typeof still, Press]>([
    ["at rest", room({ playing: false, cause: "pause" }), still, "play"],
    ["while it plays", room({ at_ms: NOW - 5_000 }), moving, "pause"],
    ["while a pause is on its way", room({ playing: false, cause: "pause", at_ms: NOW + 100 }), moving, "pause"],
    ["while a start is on its way", room({ at_ms: NOW + 100 }), still, "coming"],
    ["just after a start that a timer is late for", room({ at_ms: NOW - 200 }), still, "coming"],
    ["while the next film counts down after the last", room({ cause: "item", at_ms: NOW + 2_500 }), still, "coming"],
    ["while a film counts down that cut one short", room({ at_ms: NOW + 2_500 }, { wasGoing: true }), still, "pause"],
    ["while a jump is on its way", room({ cause: "seek", at_ms: NOW + 100 }, { wasGoing: true }), still, "pause"],
    ["while a jump is on its way that ended a wait", room({ cause: "seek", at_ms: NOW + 100 }), still, "coming"],
    ["on a page that cannot show what plays", room({ at_ms: NOW - 5_000 }), still, "pause"],
    ["on a page that may not play yet", room({ at_ms: NOW - 5_000 }, { isBlocked: true }), still, "unblock"],
    ["on a page that may not play yet, at rest", room({ playing: false }, { isBlocked: true }), still, "play"],
    ["while the room waits", room({ playing: false, cause: "wait" }), still, "play"],
    ["after the end", room({ at_ms: NOW - 600_000 }), still, "play"],
    ["at rest at the end", room({ playing: false, position_ms: 600_000 }), still, "play"],
  ])("%s", (_, here, element, wanted) => {
    expect(meaningOf(here, NOW, element)).toBe(wanted);
  });

  it("plays before anything is known", () => {
    expect(meaningOf({ timeline: null, wasGoing: false, isBlocked: false }, null, still)).toBe("play");
    expect(meaningOf(room({}), null, still)).toBe("play");
  });
});

describe("a press of a remote", () => {
  it.each<[string, ReturnType<typeof room>, Press]>([
    ["at rest", room({ playing: false, cause: "pause" }, { wasGoing: true }), "play"],
    ["while a pause is on its way", room({ playing: false, at_ms: NOW + 100 }, { wasGoing: true }), "pause"],
    ["while a start is on its way", room({ at_ms: NOW + 100 }), "coming"],
    ["from the start on", room({}), "pause"],
    ["while a jump is on its way", room({ cause: "seek", at_ms: NOW + 100 }, { wasGoing: true }), "pause"],
    ["after the end", room({ at_ms: NOW - 600_000 }, { wasGoing: true }), "play"],
  ])("%s", (_, here, wanted) => {
    expect(meaningByTime(here, NOW)).toBe(wanted);
  });
});

describe("a room", () => {
  it("goes on from its start to the end of the film", () => {
    expect(isGoing(room({}), NOW - 1)).toBe(false);
    expect(isGoing(room({}), NOW)).toBe(true);
    expect(isGoing(room({}), AFTER_ALL)).toBe(false);
    expect(isGoing(room({ playing: false }), NOW)).toBe(false);
    expect(isGoing(room({}), null)).toBe(false);
  });

  it("that went on before goes on while it waits for the other place", () => {
    expect(isGoing(room({}, { wasGoing: true }), NOW - 1)).toBe(true);
  });
});
