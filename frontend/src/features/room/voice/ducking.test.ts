import { describe, expect, it } from "vitest";
import { DUCKED_GAIN, type Ducking, duck, isAtRest, UNDUCKED } from "./ducking";

const STEP_MS = 25;

/** The gains while somebody speaks from `fromMs` until `untilMs`, one each 25 ms. */
function gains(fromMs: number, untilMs: number, endMs: number): Map<number, Ducking> {
  const all = new Map<number, Ducking>();
  let state: Ducking = { ...UNDUCKED, atMs: 0 };
  for (let ms = 0; ms <= endMs; ms += STEP_MS) {
    state = duck(state, ms >= fromMs && ms < untilMs, ms);
    all.set(ms, state);
  }
  return all;
}

describe("the film under speech", () => {
  const all = gains(1_000, 2_000, 4_000);
  const at = (ms: number): number => all.get(ms)?.gain ?? Number.NaN;

  it("is as loud as the person chose while nobody speaks", () => {
    expect(at(975)).toBe(1);
  });

  it("falls to 35 % within 150 ms", () => {
    expect(at(1_050)).toBeGreaterThan(DUCKED_GAIN);
    expect(at(1_125)).toBeCloseTo(DUCKED_GAIN, 9);
    expect(at(1_975)).toBe(DUCKED_GAIN);
  });

  it("stays low for 600 ms after the last word, then comes back", () => {
    expect(at(2_550)).toBe(DUCKED_GAIN);
    expect(at(2_700)).toBeGreaterThan(DUCKED_GAIN);
    expect(at(3_000)).toBe(1);
    expect(isAtRest(all.get(3_000) as Ducking)).toBe(true);
  });

  it("never jumps", () => {
    const steps = [...all.values()].map(({ gain }) => gain);
    for (const [index, gain] of steps.entries()) {
      expect(Math.abs(gain - (steps[index - 1] ?? 1))).toBeLessThanOrEqual((0.65 * STEP_MS) / 150 + 1e-9);
    }
  });

  it("goes down again from where it is when somebody speaks while it comes back", () => {
    const halfway: Ducking = { gain: 0.7, atMs: 5_000, spokenMs: 4_000 };
    expect(duck(halfway, true, 5_025).gain).toBeCloseTo(0.7 - (0.65 * 25) / 150, 9);
  });

  it("does not mind a clock that stands still or a late timer", () => {
    expect(duck(UNDUCKED, true, 0).gain).toBe(1);
    expect(duck({ ...UNDUCKED, atMs: 0 }, true, 60_000).gain).toBe(DUCKED_GAIN);
  });
});
