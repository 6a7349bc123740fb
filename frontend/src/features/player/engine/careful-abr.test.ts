import Hls from "hls.js";
import { afterEach, expect, test, vi } from "vitest";
import { carefulAbr } from "./careful-abr";
import { type Candidate, MadeRungs } from "./made-rungs";

const LEVELS = ["v144", "v240", "v480", "v720"].map((name, id) => ({
  bitrate: (id + 1) * 500_000,
  url: [`/${name}.m3u8`],
}));
const [V144, V480] = [0, 2];

/** What hls.js loads next when it would like `wished`, with `bufferS` of film ahead. */
function next(wished: number, bufferS: number, maxAutoLevel = 3): number {
  const made = new MadeRungs(["v480", "v720"]);
  vi.spyOn(Hls.DefaultConfig.abrController.prototype, "nextAutoLevel", "get").mockReturnValue(wished);
  const hls = { levels: LEVELS, maxAutoLevel, mainForwardBufferInfo: { len: bufferS }, bandwidthEstimate: 2_400_000 };
  return Object.assign(Object.create(carefulAbr(made).prototype), { hls }).nextAutoLevel;
}

afterEach(() => vi.restoreAllMocks());

test.each([
  ["what is there instead of what has to be made, with little film ahead", V144, 1, 3, V480],
  ["what hls.js wishes with enough of it", V144, 20, 3, V144],
  ["nothing larger than the window", V144, 1, 1, V144],
])("hls.js takes %s", (_name, wished, bufferS, maxAutoLevel, id) =>
  expect(next(wished, bufferS, maxAutoLevel)).toBe(id),
);

test("a player that is gone takes nothing", () => {
  vi.spyOn(Hls.DefaultConfig.abrController.prototype, "nextAutoLevel", "get").mockReturnValue(-1);
  const abr = Object.assign(Object.create(carefulAbr(new MadeRungs([])).prototype), { hls: null });
  expect(abr.nextAutoLevel).toBe(-1);
});

test("what hls.js is told to take it takes", () => {
  const told = vi.spyOn(Hls.DefaultConfig.abrController.prototype, "nextAutoLevel", "set").mockReturnValue(undefined);
  const abr = Object.create(carefulAbr(new MadeRungs([])).prototype);
  abr.nextAutoLevel = V480;
  expect(told).toHaveBeenCalledWith(V480);
});

test("nothing heavier than the ceiling is taken", () => {
  const made = new MadeRungs(["v144", "v240", "v480", "v720"]);
  vi.spyOn(Hls.DefaultConfig.abrController.prototype, "nextAutoLevel", "get").mockReturnValue(3);
  const hls = { levels: LEVELS, maxAutoLevel: 3, mainForwardBufferInfo: { len: 20 }, bandwidthEstimate: 2_400_000 };
  const abr = Object.assign(Object.create(carefulAbr(made).prototype), { hls });
  made.lowerCeiling(LEVELS as unknown as Candidate[], 3, 0);
  expect(abr.nextAutoLevel).toBe(V480);
  made.liftCeiling();
  expect(abr.nextAutoLevel).toBe(3);
});
