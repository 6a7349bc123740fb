import { describe, expect, it, test } from "vitest";
import { ANY_LEVEL, rungOf, startLevel } from "./start-level";

const level = (name: string, bitrate: number) => ({ bitrate, url: [`/media/s,1/a/f.1/${name}.m3u8`] });
const LEVELS = [level("v144", 164e3), level("v240", 414e3), level("v480", 1.36e6), level("v-src", 4.2e6)];
const COPY = 3;

describe("a film opens with", () => {
  it.each([
    ["the best rung that is made and that the line carries", ["v480", "v-src"], 10e6, COPY],
    ["a lighter one on a line that carries no more", ["v480", "v-src"], 2e6, 2],
    ["the copy rather than a rung that is still to be made, on the first visit", ["v-src"], null, COPY],
    ["a made rung within the first guess before the copy", ["v480", "v-src"], null, 2],
    ["what hls.js likes on a line that carries nothing that is made", ["v480", "v-src"], 256e3, ANY_LEVEL],
    ["what hls.js likes while nothing is made", [], null, ANY_LEVEL],
    ["what hls.js likes when a list names rungs that it does not show", ["v720"], 10e6, ANY_LEVEL],
  ])("%s", (_name, ready, measured, id) => expect(startLevel(LEVELS, ready, measured)).toBe(id));

  it("what hls.js likes when the copy is far too heavy for a guess", () =>
    expect(startLevel([level("v480", 1.36e6), level("v-src", 20e6)], ["v-src"], null)).toBe(ANY_LEVEL));
});

test("the rung is known by its playlist", () => {
  expect(rungOf(level("v-src", 1))).toBe("v-src");
  expect(rungOf({ url: [] })).toBe("");
});
