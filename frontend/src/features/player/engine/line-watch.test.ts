import { describe, expect, it, test } from "vitest";
import { LineWatch, rateOf } from "./line-watch";

const POOR = 128_000;

describe("a line that is watched", () => {
  const noted = (rates: number[], estimate = POOR): (number | null)[] => {
    const line = new LineWatch();
    return rates.map((rate) => line.note(rate, estimate));
  };

  it("is believed to be better once three segments in a row were clearly faster", () =>
    expect(noted([3e6, 2e6, 4e6])).toEqual([null, null, 1.6e6]));

  it("is not judged by two", () => expect(noted([3e6, 3e6, POOR, 3e6, 3e6])).toEqual(Array(5).fill(null)));

  it("is left to hls.js when it is a little better", () =>
    expect(noted(Array(9).fill(POOR * 1.4))).toEqual(Array(9).fill(null)));

  it("is left to hls.js when it gets worse", () =>
    expect(noted([1e5, 1e5, 1e5, 1e5], 3e6)).toEqual(Array(4).fill(null)));

  it("is measured anew after each step", () =>
    expect(noted([1e6, 1e6, 1e6, 9e6, 9e6, 9e6])).toEqual([null, null, 8e5, null, null, 7.2e6]));
});

const times = (start: number, first: number, end: number) => ({ start, first, end });

test.each([
  ["the time of the server does not count", { loaded: 62_500, loading: times(0, 20_000, 20_500) }, 1e6],
  ["nor what came in an instant as endless", { loaded: 62_500, loading: times(0, 10, 10) }, 25e6],
])("%s", (_name, stats, rate) => expect(rateOf(stats)).toBe(rate));
