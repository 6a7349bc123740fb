import { describe, expect, it } from "vitest";
import { LagMeter } from "./lag-meter";

/** A start at 1,000 ms whose first picture, 40 ms into the film, shows the lag. */
function start(meter: LagMeter, lagMs: number): void {
  meter.begin("start", 1_000, 0, 1);
  meter.see(0.04, 1_040 + lagMs);
}

describe("the usual lag", () => {
  it("is guessed at first, and soon what was measured", () => {
    const meter = new LagMeter();
    expect(meter.usualMs("start")).toBe(30);
    start(meter, 100);
    expect(meter.usualMs("start")).toBe(65);
    for (let n = 0; n < 4; n += 1) start(meter, 100);
    expect(meter.usualMs("start")).toBe(100);
  });

  it("does not follow one start on a machine that was busy", () => {
    const meter = new LagMeter();
    for (const lagMs of [100, 100, 100, 480, 100]) start(meter, lagMs);
    expect(meter.usualMs("start")).toBe(100);
  });

  it("knows starts and jumps apart, and forgets what the network held up", () => {
    const meter = new LagMeter();
    start(meter, 100);
    expect([meter.usualMs("seek"), meter.usualMs("startAfterJump")]).toEqual([200, 80]);
    meter.begin("seek", 0, 10, 1);
    meter.see(10.04, 5_000);
    expect(meter.usualMs("seek")).toBe(200);
  });
});
