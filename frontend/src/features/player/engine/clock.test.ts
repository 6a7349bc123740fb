import { describe, expect, it } from "vitest";
import cases from "../../../../../tests/contract/clock_cases.json";
import { type ClockProbe, PROBE_BURST, PROBE_INTERVAL_MS, RoomClock } from "./clock";
import { randomFrom } from "./random.test-support";

const EPOCH = 1_800_000_000_000;

interface Path {
  oneWayMs: number;
  jitterMs: number;
  drift: number;
}

function probe(path: Path, localMs: number, random: () => number): ClockProbe {
  const room = (local: number): number => EPOCH + local * (1 + path.drift);
  const up = path.oneWayMs + path.jitterMs * random() ** 3;
  const down = path.oneWayMs + path.jitterMs * random() ** 3;
  const r = room(localMs + up);
  return { c: localMs, r, x: r + 0.2, d: localMs + up + 0.2 + down };
}

function burst(clock: RoomClock, path: Path, from: number, random: () => number): number {
  let local = from;
  for (let n = 0; n < PROBE_BURST; n += 1) {
    clock.add(probe(path, local, random));
    local += 80;
  }
  return local + 2 * (path.oneWayMs + path.jitterMs);
}

const percentile = (values: number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

describe("golden cases", () => {
  it.each(cases.estimates)("$name", ({ probes, at_ms, expect: wanted }) => {
    const clock = new RoomClock();
    let restarts = 0;
    let last = 0;
    for (const [c, r, x, d] of probes as [number, number, number, number][]) {
      if (clock.add({ c, r, x, d })) restarts += 1;
      last = d;
    }
    const offset = clock.estimate(at_ms ?? last);
    expect(offset !== null).toBe(wanted.usable);
    expect(restarts).toBe(wanted.restarts);
    if (wanted.kept !== undefined) expect(clock.probes).toBe(wanted.kept);
    if (offset !== null) expect(Math.abs(offset - wanted.offset_ms)).toBeLessThanOrEqual(wanted.within_ms);
  });

  it.each(cases.slew)("$name", ({ applied_ms, target_ms, elapsed_ms, playing, expect_ms }) => {
    const clock = new RoomClock();
    const feed = (offset: number): void => {
      for (let n = 0; n < 48; n += 1) clock.add({ c: 0, r: offset, x: offset, d: 0 });
    };
    feed(applied_ms);
    clock.advance(1_000, { isPlaying: false });
    clock.restart({ mayStep: false });
    feed(target_ms);
    const local = 1_000 + elapsed_ms;
    expect((clock.advance(local, { isPlaying: playing }) ?? Number.NaN) - local).toBeCloseTo(expect_ms, 6);
  });
});

describe("estimate", () => {
  it("calls jitter what is usual, whatever one answer took", () => {
    const clock = new RoomClock();
    for (const [n, trip] of [40, 44, 48, 52, 1500].entries()) {
      const there = EPOCH + n * 80 + trip / 2;
      clock.add({ c: n * 80, r: there, x: there, d: n * 80 + trip });
    }
    expect(clock.probes).toBe(5);
    expect(clock.jitterMs).toBe(8);
  });

  it("is usable after three probes and exact on a symmetric path", () => {
    const clock = new RoomClock();
    const random = randomFrom(1);
    const path = { oneWayMs: 20, jitterMs: 0, drift: 0 };
    clock.add(probe(path, 0, random));
    clock.add(probe(path, 80, random));
    expect(clock.advance(150, { isPlaying: false })).toBeNull();
    clock.add(probe(path, 160, random));
    expect(clock.advance(250, { isPlaying: false })).toBeCloseTo(EPOCH + 250, 3);
  });

  it("ignores probes that cannot be true", () => {
    const clock = new RoomClock();
    clock.add({ c: 100, r: 5, x: 5, d: 90 });
    clock.add({ c: Number.NaN, r: 5, x: 5, d: 90 });
    expect(clock.probes).toBe(0);
  });

  it("remembers 48 probes", () => {
    const clock = new RoomClock();
    const random = randomFrom(2);
    for (let n = 0; n < 100; n += 1) {
      clock.add(probe({ oneWayMs: 5, jitterMs: 1, drift: 0 }, n * 100, random));
    }
    expect(clock.probes).toBe(48);
  });

  it.each([
    { name: "Wi-Fi", path: { oneWayMs: 4, jitterMs: 10, drift: 5e-6 }, limit: 1.2 },
    { name: "40 ms", path: { oneWayMs: 35, jitterMs: 15, drift: -20e-6 }, limit: 3 },
    { name: "4G", path: { oneWayMs: 45, jitterMs: 50, drift: 20e-6 }, limit: 9 },
  ])("is within $limit ms at p95 on $name", ({ path, limit }) => {
    const errors: number[] = [];
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomFrom(seed);
      const clock = new RoomClock();
      let local = burst(clock, path, 0, random);
      for (let n = 0; n < 60; n += 1) {
        clock.add(probe(path, local, random));
        local += PROBE_INTERVAL_MS;
        const now = clock.advance(local, { isPlaying: false }) ?? Number.NaN;
        errors.push(Math.abs(now - (EPOCH + local * (1 + path.drift))));
      }
    }
    expect(percentile(errors, 0.95)).toBeLessThan(limit);
  });
});

describe("applied clock", () => {
  it("never moves faster than 2 ms per second while playing, whatever the probes say", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = randomFrom(seed);
      const clock = new RoomClock();
      let local = burst(clock, { oneWayMs: 10, jitterMs: 80, drift: 0 }, 0, random);
      let before = clock.advance(local, { isPlaying: true }) ?? Number.NaN;
      for (let n = 0; n < 300; n += 1) {
        const step = 1 + random() * 400;
        local += step;
        if (random() < 0.4) {
          const path = { oneWayMs: random() * 200, jitterMs: 40, drift: 0 };
          clock.add(probe(path, local, random));
        }
        if (random() < 0.02) clock.restart({ mayStep: false });
        const now = clock.advance(local, { isPlaying: true }) ?? Number.NaN;
        expect(Math.abs(now - before - step)).toBeLessThanOrEqual(step * 0.002 + 1e-3);
        before = now;
      }
    }
  });

  it("goes straight to a better estimate while nothing plays", () => {
    const clock = new RoomClock();
    const random = randomFrom(3);
    burst(clock, { oneWayMs: 10, jitterMs: 0, drift: 0 }, 0, random);
    clock.advance(2_000, { isPlaying: false });
    clock.restart({ mayStep: false });
    for (let n = 0; n < 3; n += 1) clock.add({ c: n, r: EPOCH + 500 + n, x: EPOCH + 500 + n, d: n });
    expect(clock.advance(3_000, { isPlaying: false })).toBeCloseTo(EPOCH + 500 + 3_000, 3);
  });

  it("keeps running while probes are missing, and takes the first estimate after a wake at once", () => {
    const clock = new RoomClock();
    const random = randomFrom(4);
    const end = burst(clock, { oneWayMs: 10, jitterMs: 0, drift: 0 }, 0, random);
    clock.advance(end, { isPlaying: true });
    clock.restart({ mayStep: true });
    expect(clock.advance(end + 1_000, { isPlaying: true })).toBeCloseTo(EPOCH + end + 1_000, 3);
    const asleep = 90_000;
    for (let n = 0; n < 3; n += 1) {
      const c = end + 2_000 + n * 80;
      const r = EPOCH + asleep + c + 10;
      clock.add({ c, r, x: r, d: c + 20 });
    }
    const woken = clock.advance(end + 3_000, { isPlaying: true });
    expect(woken).toBeCloseTo(EPOCH + asleep + end + 3_000, 3);
  });

  it("starts over when the floor of the round trip moves", () => {
    const clock = new RoomClock();
    const random = randomFrom(5);
    for (let n = 0; n < 40; n += 1) {
      clock.add(probe({ oneWayMs: 10, jitterMs: 1, drift: 0 }, n * 80, random));
    }
    for (let n = 40; n < 48; n += 1) {
      clock.add(probe({ oneWayMs: 60, jitterMs: 1, drift: 0 }, n * 80, random));
    }
    expect(clock.probes).toBe(8);
    expect(clock.rttMs).toBeGreaterThan(110);
  });
});
