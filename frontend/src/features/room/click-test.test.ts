import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startClickTest } from "./click-test";

let clicks: number[];
let flashes: number[];
const close = vi.fn(() => Promise.resolve());

function fakeSound(): AudioContext {
  const node = { connect: <T>(next: T): T => next };
  const sound = {
    get currentTime() {
      return performance.now() / 1000;
    },
    destination: node,
    createGain: () => ({ ...node, gain: { value: 0 } }),
    createOscillator: () => ({
      ...node,
      frequency: { value: 0 },
      start: (at: number) => clicks.push(at * 1000),
      stop: () => undefined,
    }),
    close,
  };
  return sound as unknown as AudioContext;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  clicks = [];
  flashes = [];
  close.mockClear();
});

afterEach(() => vi.useRealTimers());

describe("the click test", () => {
  it.each([-300, 0, 180])("shows the flash %d ms after the click left", (delayMs) => {
    const stop = startClickTest(
      fakeSound(),
      () => delayMs,
      () => flashes.push(performance.now()),
    );
    vi.advanceTimersByTime(3_900);
    stop();
    expect(flashes).toHaveLength(3);
    for (const [index, shown] of flashes.entries()) expect(shown - (clicks[index] ?? 0)).toBeCloseTo(delayMs, 3);
  });

  it("is silent and dark after it was stopped", () => {
    const stop = startClickTest(
      fakeSound(),
      () => 0,
      () => flashes.push(performance.now()),
    );
    vi.advanceTimersByTime(1_100);
    stop();
    vi.advanceTimersByTime(5_000);
    expect(flashes).toHaveLength(0);
    expect(clicks).toHaveLength(1);
    expect(close).toHaveBeenCalledTimes(1);
  });
});
