import { describe, expect, it } from "vitest";
import type { Burst } from "@/types/frames.gen";
import { addBursts, dueBetween, iconsOf, moodsOf, sumsOf } from "./film-reactions";

const burst = (mt: number, n = 1, e: Burst["e"] = "wow"): Burst => ({ e, mt, n });

describe("reactions on the film", () => {
  it("add up by place and emoji, in whatever order they come", () => {
    const bursts = [burst(5, 2), burst(5, 1, "sad"), burst(5, 3), burst(9)];
    const sums = (given: Burst[]) => given.map(({ e, mt, n }) => `${e} ${mt} ${n}`).sort();
    for (const order of [bursts, [...bursts].reverse()]) {
      const known = addBursts(new Map(), order);
      expect(sums([...known.values()].flat())).toEqual(["sad 5 1", "wow 5 5", "wow 9 1"]);
    }
  });

  it("are due once, when the film plays over their second", () => {
    const known = addBursts(new Map(), [burst(10), burst(11), burst(13)]);
    const steps = [9.2, 9.8, 10.1, 10.6, 11.4, 12.9, 13.2];
    const due = steps.slice(1).flatMap((to, i) => dueBetween(known, steps[i] ?? 0, to));
    expect(due.map(({ mt }) => mt)).toEqual([10, 11, 13]);
  });

  it("are not due when the film jumped, stood, or went back", () => {
    const known = addBursts(new Map(), [burst(10)]);
    for (const [from, to] of [
      [5, 100],
      [10.5, 10.5],
      [12, 9],
    ] as const) {
      expect(dueBetween(known, from, to)).toEqual([]);
    }
  });

  it("stand on the seek bar where they were, the most as the highest", () => {
    const moods = moodsOf(addBursts(new Map(), [burst(0), burst(1), burst(300, 4), burst(600)]), 600);
    expect(moods).toEqual([
      { at: 5, weight: 0.5 },
      { at: 305, weight: 1 },
      { at: 595, weight: 0.25 },
    ]);
    expect(moodsOf(new Map(), 600)).toEqual([]);
    expect(moodsOf(addBursts(new Map(), [burst(1)]), 0)).toEqual([]);
  });

  it("show a crowd as a handful, and to people who want no motion as sums", () => {
    const icons = iconsOf([burst(1, 2, "sad"), burst(1, 100)]);
    expect(sumsOf(icons)).toEqual([
      ["sad", 2],
      ["wow", 5],
    ]);
  });
});
