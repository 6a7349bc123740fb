import { describe, expect, it } from "vitest";
import { ErrorMeter } from "./error-meter";

describe("the error of a picture", () => {
  it("is the mean of the frames since it was last asked for", () => {
    const meter = new ErrorMeter();
    meter.addFrame(0.02, 0);
    meter.addFrame(0.04, 40);
    expect(meter.take(100, 9)).toBeCloseTo(0.03, 9);
    expect(meter.take(200, 9)).toBeNull();
  });

  it("is smoothed from the element's own time where no frames come", () => {
    const meter = new ErrorMeter();
    expect(meter.take(1_000, 0.1)).toBeCloseTo(0.1, 9);
    expect(meter.take(1_100, 0.2)).toBeCloseTo(0.13, 9);
  });

  it("knows nothing of what was read a minute ago", () => {
    const meter = new ErrorMeter();
    meter.take(1_000, 0.9);
    expect(meter.take(61_000, 0.05)).toBeCloseTo(0.05, 9);
  });

  it("forgets at a jump", () => {
    const meter = new ErrorMeter();
    meter.addFrame(5, 0);
    meter.reset();
    expect(meter.take(100, 0)).toBeNull();
  });
});
