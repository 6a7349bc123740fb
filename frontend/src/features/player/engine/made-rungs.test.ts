import { describe, expect, it } from "vitest";
import { type Candidate, MadeRungs } from "./made-rungs";

const level = (name: string, bitrate: number, more: Partial<Candidate> = {}): Candidate => ({
  bitrate,
  url: [`/media/s,1/a/f.1/${name}.m3u8`],
  codecSet: "avc1",
  videoRange: "SDR",
  loadError: 0,
  loadErrorTime: 0,
  fragmentError: 0,
  ...more,
});
const LEVELS = [level("v144", 164e3), level("v240", 414e3), level("v480", 1.36e6), level("v-src", 4.2e6)];
const [V144, V240, V480] = [0, 1, 2];
const segment = (rung: string) => `/media/s,1/a/f.1/${rung}/00007.m4s`;
const SHORT = { bufferS: 3, bps: 2.4e6, nowMs: 100_000 };
const LONG = { ...SHORT, bufferS: 20 };

describe("with little film ahead, a player", () => {
  const rungs = () => new MadeRungs(["v480", "v-src"]);

  it.each([
    ["takes the made rung that it wants", V480, SHORT, V480],
    ["takes a heavier one that is there and that the line carries", V144, SHORT, V480],
    ["takes what hls.js says where the line carries nothing that is there", V144, { ...SHORT, bps: 256e3 }, V144],
    ["waits for a light rung while the buffer outlasts it", V144, LONG, V144],
  ])("%s", (_name, wished, means, id) => expect(rungs().instead(LEVELS, wished, means)).toBe(id));

  it("stays with what is there instead of going up to what is not", () => {
    const made = new MadeRungs(["v144"]);
    expect(made.instead(LEVELS, V480, SHORT)).toBe(V144);
    expect(made.instead(LEVELS, V480, LONG)).toBe(V480);
  });

  it("believes what it has seen", () => {
    const made = rungs();
    made.note(segment("v240"), 0.1);
    made.note(segment("v480"), 4);
    expect(made.instead(LEVELS, V480, SHORT)).toBe(V240);
    made.note(segment("v480"), 0.2);
    expect(made.instead(LEVELS, V480, SHORT)).toBe(V480);
  });

  it("takes what comes soonest where nothing is there", () => {
    const made = new MadeRungs([]);
    made.note(segment("v-src"), 9);
    expect(made.instead(LEVELS, V240, SHORT)).toBe(V144);
    made.note(segment("v480"), 1.5);
    expect(made.instead(LEVELS, V240, SHORT)).toBe(V480);
    expect(made.instead(LEVELS, V240, { ...SHORT, bps: 500e3 })).toBe(V144);
  });

  it("needs no more buffer than a rung was waited for, and a reserve", () => {
    const made = new MadeRungs([]);
    made.note(segment("v144"), 0.1);
    made.note(segment("v240"), 1.5);
    expect(made.instead(LEVELS, V240, { ...SHORT, bufferS: 3.4 })).toBe(V144);
    expect(made.instead(LEVELS, V240, { ...SHORT, bufferS: 3.6 })).toBe(V240);
  });

  it("learns nothing from sound, from the beginning of a track and from lists", () => {
    const made = new MadeRungs([]);
    for (const url of ["/a-eng/00001.m4s", "/v480/init.mp4", "/v480.m3u8"]) made.note(`/media/s,1/a/f.1${url}`, 0);
    expect(made.instead(LEVELS, V144, SHORT)).toBe(V144);
  });

  it.each([
    ["loadError", { loadError: 1, loadErrorTime: 90_000 }],
    ["fragmentError", { fragmentError: 1 }],
  ])("does not lead back to what has failed: %s", (_name, failed) => {
    const levels = [level("v480", 1.36e6), level("v720", 1.8e6), level("v-src", 2e6, failed)];
    expect(new MadeRungs(["v-src"]).instead(levels, 0, { ...SHORT, bufferS: 0 })).toBe(0);
    expect(new MadeRungs(["v-src", "v720"]).instead(levels, 0, { ...SHORT, bufferS: 0 })).toBe(1);
    const later = new MadeRungs(["v-src"]).instead(levels, 0, { ...SHORT, nowMs: 130_000 });
    expect(later).toBe("loadError" in failed ? 2 : 0);
  });

  it.each([
    ["another codec", { codecSet: "hvc1" }],
    ["another range of light", { videoRange: "PQ" }],
    ["what the machine cannot show smoothly", { supportedResult: { decodingInfoResults: [{ smooth: false }] } }],
  ])("does not change to %s", (_name, other) => {
    const levels = [level("v480", 1.36e6), level("v-src", 2e6, other)];
    expect(new MadeRungs(["v-src"]).instead(levels, 0, SHORT)).toBe(0);
  });

  it("tries a rung again that was once waited for a minute", () => {
    const made = new MadeRungs(["v240"]);
    made.note(segment("v480"), 65);
    expect(made.instead(LEVELS, V480, { ...SHORT, bufferS: 16 })).toBe(V240);
    expect(made.instead(LEVELS, V480, { ...SHORT, bufferS: 20 })).toBe(V480);
  });

  it("forgets a film that was made anew", () => {
    const made = rungs();
    made.forget();
    expect(made.instead(LEVELS, V144, SHORT)).toBe(V144);
    expect(made.instead(LEVELS, V480, SHORT)).toBe(V480);
  });

  it("leaves alone what it does not know", () => expect(rungs().instead([], -1, SHORT)).toBe(-1));
});

describe("a member of a room who steps down", () => {
  const V_SRC = 3;

  it.each([
    ["takes the nearest lighter rung that is made", ["v144", "v480", "v-src"], V_SRC, V480],
    ["passes over one that the server has to make first", ["v144", "v-src"], V_SRC, V144],
  ])("%s", (_name, ready, from, ceiling) => {
    const made = new MadeRungs(ready);
    made.lowerCeiling(LEVELS, from, SHORT.nowMs);
    expect(made.ceiling).toBe(ceiling);
  });

  it.each([
    ["is on the lightest", ["v144", "v480"], V144],
    ["finds nothing lighter made", ["v480", "v-src"], V480],
    ["has no picture yet", ["v144", "v480"], -1],
  ])("changes nothing who %s", (_name, ready, from) => {
    const made = new MadeRungs(ready);
    made.lowerCeiling(LEVELS, from, SHORT.nowMs);
    expect(made.ceiling).toBe(Number.POSITIVE_INFINITY);
  });

  it("takes no rung that failed, and none in another codec", () => {
    const odd = [level("v144", 164e3), level("v240", 414e3, { codecSet: "hvc1" }), ...LEVELS.slice(2)];
    odd[0] = level("v144", 164e3, { fragmentError: 1 });
    const made = new MadeRungs(["v144", "v240", "v480"]);
    made.lowerCeiling(odd, V480, SHORT.nowMs);
    expect(made.ceiling).toBe(Number.POSITIVE_INFINITY);
  });

  it("is free again when the line recovers, or the film was made anew", () => {
    const made = new MadeRungs(["v144", "v480"]);
    for (const free of [() => made.liftCeiling(), () => made.forget()]) {
      made.lowerCeiling(LEVELS, V480, SHORT.nowMs);
      free();
      expect(made.ceiling).toBe(Number.POSITIVE_INFINITY);
    }
  });
});
