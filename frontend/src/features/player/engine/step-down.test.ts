import { describe, expect, it } from "vitest";
import { type BufferLook, decideStep, STEADY, type Step } from "./step-down";

const LOOK_MS = 500;

/** What is done at looks half a second apart that find so much film ahead. */
function steps(buffers: readonly number[], over: Partial<BufferLook> = {}): (Step | null)[] {
  let state = STEADY;
  return buffers.map((bufferS, index) => {
    const look = { nowMs: 1_000 + index * LOOK_MS, bufferS, leftS: 3_600, isPlaying: true, ...over };
    const [next, step] = decideStep(state, look);
    state = next;
    return step;
  });
}

/** Film ahead at looks in a row, from `first` on, less by `by` each time. */
const falling = (first: number, count: number, by = 0.5): number[] =>
  Array.from({ length: count }, (_, index) => Math.max(0, first - index * by));

describe("a lighter quality is taken", () => {
  it("with less than four seconds ahead and less at each look", () => {
    expect(steps([5, 4.5, 4, 3.5, 3])).toEqual([null, null, null, "down", null]);
  });

  it("at most once in ten seconds", () => {
    expect(steps([...falling(4, 30, 0.1)]).filter(Boolean)).toEqual(["down", "down"]);
  });

  it("again when the first one was not enough", () => {
    const found = steps(falling(3.9, 30, 0.1));
    const at = found.flatMap((step, index) => (step === "down" ? [index] : []));
    expect(at.length).toBe(2);
    expect(((at[1] ?? 0) - (at[0] ?? 0)) * LOOK_MS).toBeGreaterThanOrEqual(10_000);
  });
});

describe("nothing is done", () => {
  it.each([
    ["with enough ahead", falling(30, 20), {}],
    ["while it grows", [1, 1.5, 2, 2.5, 3], {}],
    ["between two segments", [3, 2.5, 6, 5.5, 5], {}],
    ["while the film stands", falling(3, 8), { isPlaying: false }],
  ])("%s", (_name, buffers, over) => {
    expect(steps(buffers, over).filter(Boolean)).toEqual([]);
  });
});

it("leaves the quality alone at the end of the film, of which all is here", () => {
  let state = STEADY;
  for (const bufferS of falling(3, 6)) {
    const [next, step] = decideStep(state, { nowMs: 0, bufferS, leftS: bufferS + 0.1, isPlaying: true });
    state = next;
    expect(step).toBeNull();
  }
});

describe("what the line carries is taken again", () => {
  const down = falling(3, 3);
  const later = (buffers: number[]): (Step | null)[] => steps([...down, ...buffers]).slice(down.length);

  it("once there is film ahead for twelve seconds", () => {
    const filling = Array.from({ length: 40 }, (_, index) => 2 + index * 0.5);
    const found = later(filling);
    expect(found.filter(Boolean)).toEqual(["up"]);
    expect(filling[found.indexOf("up")]).toBeGreaterThanOrEqual(12);
  });

  it("not before ten seconds have passed", () => {
    const found = later(Array.from({ length: 40 }, () => 15));
    expect(found.indexOf("up")).toBe(19);
  });

  it("not while it is short", () => {
    expect(later(Array.from({ length: 60 }, () => 6)).filter(Boolean)).toEqual([]);
  });
});
