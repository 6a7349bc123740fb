import { expect, it } from "vitest";
import { filmAhead } from "./film-ahead";

const holding = (...ranges: [number, number][]): Pick<HTMLVideoElement, "buffered"> => ({
  buffered: { length: ranges.length, start: (i) => ranges[i]?.[0] ?? 0, end: (i) => ranges[i]?.[1] ?? 0 },
});

it.each([
  ["nothing is here", holding(), 5, 0],
  ["it is here", holding([0, 30]), 5, 25],
  ["the first picture comes a little late", holding([0.083, 10]), 0, 10],
  ["it begins later", holding([6, 10]), 5, 0],
  ["it ended before", holding([0, 4]), 5, 0],
  ["the second stretch has it", holding([0, 4], [20, 24]), 21, 3],
])("%s", (_name, video, position, aheadS) => expect(filmAhead(video, position)).toBe(aheadS));
