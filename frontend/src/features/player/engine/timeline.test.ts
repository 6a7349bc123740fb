import { describe, expect, it } from "vitest";
import cases from "../../../../../tests/contract/timeline_cases.json";
import { hasEnded, positionAt, positionMsAt, supersedes, type Timeline } from "./timeline";

const playing: Timeline = {
  rev: 4,
  epoch: 1,
  item: null,
  position_ms: 10_000,
  rate: 1,
  at_ms: 1_000,
  playing: true,
  duration_ms: 60_000,
  cause: "play",
  by: null,
};

describe("golden cases", () => {
  it.each(cases.positions)("$name", ({ timeline, now_ms, position_ms }) => {
    expect(positionMsAt(timeline, now_ms)).toBeCloseTo(position_ms, 3);
  });
});

describe("position on the timeline", () => {
  it("stands still before a scheduled start and moves after it", () => {
    expect(positionMsAt(playing, 500)).toBe(10_000);
    expect(positionAt(playing, 3_000)).toBe(12);
  });

  it("follows the room's rate", () => {
    expect(positionMsAt({ ...playing, rate: 1.5 }, 3_000)).toBe(13_000);
  });

  it("does not move while paused", () => {
    expect(positionMsAt({ ...playing, playing: false }, 99_000)).toBe(10_000);
  });

  it("stays inside the film", () => {
    expect(positionMsAt(playing, 10_000_000)).toBe(60_000);
    expect(hasEnded(playing, 51_000)).toBe(true);
    expect(hasEnded(playing, 50_000)).toBe(false);
  });

  it("runs on when the film's length is not known", () => {
    expect(positionMsAt({ ...playing, duration_ms: 0 }, 101_000)).toBe(110_000);
  });
});

describe("superseding", () => {
  it("takes only a greater revision of the same epoch", () => {
    expect(supersedes(playing, null)).toBe(true);
    expect(supersedes({ ...playing, rev: 5 }, playing)).toBe(true);
    expect(supersedes(playing, playing)).toBe(false);
    expect(supersedes({ ...playing, rev: 3 }, playing)).toBe(false);
    expect(supersedes({ ...playing, rev: 9, epoch: 2 }, playing)).toBe(false);
  });

  it("ends on the same timeline whatever the order and however often frames arrive", () => {
    const frames = [1, 2, 3, 4, 5, 6].map((rev) => ({ ...playing, rev, position_ms: rev * 1_000 }));
    for (let run = 0; run < 200; run += 1) {
      const shuffled = [...frames, ...frames].sort(() => Math.random() - 0.5);
      const last = shuffled.reduce<Timeline | null>(
        (current, next) => (supersedes(next, current) ? next : current),
        null,
      );
      expect(last?.rev).toBe(6);
    }
  });
});
