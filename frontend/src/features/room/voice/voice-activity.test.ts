import { expect, it } from "vitest";
import { type Activity, listen, loudness, meterShare, SILENT } from "./voice-activity";

function hear(levels: readonly (readonly [number, number])[]): Activity {
  return levels.reduce<Activity>((state, [ms, db]) => listen(state, db, ms), SILENT);
}

it("takes a knock for no voice", () => {
  expect(
    hear([
      [0, -20],
      [30, -20],
      [60, -80],
    ]).isVoice,
  ).toBe(false);
});

it("hears a voice after 60 ms", () => {
  expect(
    hear([
      [0, -30],
      [30, -30],
      [60, -30],
    ]).isVoice,
  ).toBe(true);
});

it("goes on through a breath and ends half a second after the last word", () => {
  const spoken = hear([
    [0, -30],
    [100, -30],
  ]);
  expect(listen(spoken, -80, 500).isVoice).toBe(true);
  expect(listen(spoken, -80, 600).isVoice).toBe(false);
});

it("measures loudness in decibels", () => {
  expect(loudness(new Float32Array([1, -1, 1, -1]))).toBeCloseTo(0, 6);
  expect(loudness(new Float32Array([0.1, -0.1]))).toBeCloseTo(-20, 5);
  expect(loudness(new Float32Array(8))).toBe(Number.NEGATIVE_INFINITY);
  expect([meterShare(-200), meterShare(-35), meterShare(3)]).toEqual([0, 0.5, 1]);
});
