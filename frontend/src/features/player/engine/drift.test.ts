import { describe, expect, it } from "vitest";
import cases from "../../../../../tests/contract/sync_cases.json";
import {
  DRIFT_TICK_MS,
  type DriftDecision,
  type DriftSample,
  type DriftState,
  decideDrift,
  initialDrift,
  isStruggling,
  SAME_ROOM,
  SETTLE_MS,
  settle,
  TOGETHER_APART,
} from "./drift";
import { randomFrom } from "./random.test-support";

const settled = (): DriftState => ({ ...initialDrift(0), settlesAt: 0 });

const sample = (over: Partial<DriftSample>): DriftSample => ({
  now: 10_000,
  error: 0,
  roomRate: 1,
  isPlaying: true,
  isSeeking: false,
  isStalled: false,
  ...over,
});

describe("golden cases", () => {
  it.each(cases)("$name", ({ mode, steps }) => {
    const policy = mode === "same_room" ? SAME_ROOM : TOGETHER_APART;
    let state = initialDrift(steps[0]?.sample.now_ms ?? 0);
    for (const { sample: given, settle: settles, expect: wanted } of steps) {
      if (settles) state = settle(state, given.now_ms);
      const [next, decision] = decideDrift(
        state,
        {
          now: given.now_ms,
          error: given.error_s,
          roomRate: given.room_rate,
          isPlaying: given.playing,
          isSeeking: given.seeking,
          isStalled: given.stalled,
        },
        policy,
      );
      state = next;
      expect(decision.action, JSON.stringify(given)).toBe(wanted.action);
      expect(isStruggling(state), JSON.stringify(given)).toBe(wanted.struggling);
      if (decision.action === "rate") expect(decision.rate, JSON.stringify(given)).toBeCloseTo(wanted.rate ?? 0, 6);
    }
  });
});

const decide = (over: Partial<DriftSample>): DriftDecision => decideDrift(settled(), sample(over))[1];

describe("small errors", () => {
  it("are left alone up to 30 ms", () => {
    expect(decide({ error: 0.03 })).toEqual({ action: "rate", rate: 1 });
    expect(decide({ error: -0.03 })).toEqual({ action: "rate", rate: 1 });
  });

  it("are steered until they are below 10 ms", () => {
    let [state, decision] = decideDrift(settled(), sample({ error: -0.031 }));
    expect(decision).toEqual({ action: "rate", rate: 1.03 });
    [state, decision] = decideDrift(state, sample({ error: -0.02 }));
    expect(decision).toEqual({ action: "rate", rate: 1.02 });
    [state, decision] = decideDrift(state, sample({ error: -0.009 }));
    expect(decision).toEqual({ action: "rate", rate: 1 });
    [, decision] = decideDrift(state, sample({ error: -0.02 }));
    expect(decision).toEqual({ action: "rate", rate: 1 });
  });

  it("have tighter bounds in same-room mode", () => {
    const [, decision] = decideDrift(settled(), sample({ error: 0.013 }), SAME_ROOM);
    expect(decision.action === "rate" && decision.rate).toBeCloseTo(0.987, 6);
  });

  it.each([
    [0.1, 0.97],
    [0.119, 0.97],
    [0.2, 0.92],
    [0.399, 0.92],
    [0.5, 0.85],
    [1, 0.85],
    [-0.1, 1.03],
    [-0.9, 1.15],
  ])("of %f s ask for rate %f", (error, rate) => {
    const decision = decide({ error });
    expect(decision.action === "rate" && decision.rate).toBeCloseTo(rate, 6);
  });

  it("scale the room's own rate", () => {
    const decision = decide({ error: 0.2, roomRate: 1.5 });
    expect(decision.action === "rate" && decision.rate).toBeCloseTo(1.38, 6);
  });

  it("are steered in whole steps where small changes are audible", () => {
    const policy = { enter: 0.03, leave: 0.01, rateStep: 0.05 };
    const rates = [0.04, 0.3, 0.9].map((error) => {
      const [, decision] = decideDrift(settled(), sample({ error }), policy);
      return decision.action === "rate" ? decision.rate : Number.NaN;
    });
    expect(rates[0]).toBeCloseTo(0.95, 6);
    expect(rates[1]).toBeCloseTo(0.9, 6);
    expect(rates[2]).toBeCloseTo(0.85, 6);
  });
});

describe("holding still", () => {
  it("lasts 400 ms after a start or seek", () => {
    const state = settle(settled(), 10_000);
    const early = decideDrift(state, sample({ now: 10_000 + SETTLE_MS - 1, error: 5 }));
    expect(early[1]).toEqual({ action: "hold" });
    const late = decideDrift(state, sample({ now: 10_000 + SETTLE_MS, error: 5 }));
    expect(late[1].action).toBe("seek");
  });

  it("lasts while paused, seeking or stalled, and 400 ms longer", () => {
    expect(decide({ error: 9, isPlaying: false })).toEqual({ action: "hold" });
    for (const over of [{ isSeeking: true }, { isStalled: true }]) {
      const [state, decision] = decideDrift(settled(), sample({ error: -9, ...over }));
      expect(decision).toEqual({ action: "hold" });
      expect(decideDrift(state, sample({ now: 10_300, error: -9 }))[1]).toEqual({ action: "hold" });
    }
  });
});

describe("seeks", () => {
  it("come once, then wait 4 s, then 8 s", () => {
    const seeks: number[] = [];
    let state = settled();
    for (let now = 0; now < 30_000; now += DRIFT_TICK_MS) {
      const [next, decision] = decideDrift(state, sample({ now, error: -1.5 }));
      state = next;
      if (decision.action === "seek") seeks.push(now);
    }
    expect(seeks).toEqual([0, 4_000, 12_000, 28_000]);
  });

  it("are replaced by steering while they wait", () => {
    const [state] = decideDrift(settled(), sample({ now: 0, error: -1.5 }));
    const [, decision] = decideDrift(state, sample({ now: 1_000, error: -1.5 }));
    expect(decision).toEqual({ action: "rate", rate: 1.15 });
  });

  it("are allowed further apart, with a word to the person, after three that did not help", () => {
    let state = settled();
    const told: boolean[] = [];
    for (let now = 0; now < 60_000; now += DRIFT_TICK_MS) {
      const [next, decision] = decideDrift(state, sample({ now, error: -3 }));
      state = next;
      if (decision.action === "seek") told.push(decision.isStruggling);
    }
    expect(told.slice(0, 4)).toEqual([false, false, false, true]);
    expect(state.seekThreshold).toBeGreaterThan(1);
  });

  it("are forgiven after 20 s without a large error", () => {
    let state: DriftState = { ...settled(), seeks: 4, seekThreshold: 4, seekPauseMs: 64_000 };
    for (let now = 0; now <= 20_000; now += DRIFT_TICK_MS) {
      state = decideDrift(state, sample({ now, error: 0.02 }))[0];
    }
    expect(isStruggling(state)).toBe(false);
    expect(state.seekPauseMs).toBe(4_000);
  });
});

/** A player with lag after seeks and a ceiling on how fast its machine can decode. */
class SimulatedPlayer {
  private position: number;
  private busyUntil = 0;
  private rate = 1;
  seeks = 0;

  constructor(
    start: number,
    private readonly seekLagMs: number,
    private readonly ceiling: (now: number) => number,
  ) {
    this.position = start;
  }

  run(state: DriftState, now: number, noise: number): DriftState {
    const isSeeking = now < this.busyUntil;
    const error = this.position - now / 1000 + noise;
    const [next, decision] = decideDrift(state, sample({ now, error, isSeeking }));
    if (!isSeeking) {
      this.position += (DRIFT_TICK_MS / 1000) * Math.min(this.rate, this.ceiling(now));
    }
    if (decision.action === "rate") this.rate = decision.rate;
    if (decision.action === "seek") {
      this.seeks += 1;
      this.busyUntil = now + this.seekLagMs;
      this.position = (now + this.seekLagMs) / 1000;
    }
    return next;
  }

  errorAt(now: number): number {
    return this.position - now / 1000;
  }
}

describe("a simulated player", () => {
  it("comes back from any start within 10 s, and stays within 40 ms", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomFrom(seed);
      const start = (random() - 0.5) * 20;
      const player = new SimulatedPlayer(start, random() * 600, () => 2);
      let state = initialDrift(0);
      for (let now = 0; now < 60_000; now += DRIFT_TICK_MS) {
        state = player.run(state, now, (random() - 0.5) * 0.01);
        if (now > 12_000) expect(Math.abs(player.errorAt(now + DRIFT_TICK_MS))).toBeLessThan(0.04);
      }
      expect(player.seeks).toBeLessThanOrEqual(Math.abs(start) > 0.99 ? 1 : 0);
    }
  });

  it("catches up a stall of 0.7 s by rate alone within 8 s", () => {
    const player = new SimulatedPlayer(-0.7, 200, () => 2);
    let state = initialDrift(0);
    for (let now = 0; now < 8_000; now += DRIFT_TICK_MS) state = player.run(state, now, 0);
    expect(Math.abs(player.errorAt(8_000))).toBeLessThan(0.1);
    expect(player.seeks).toBe(0);
  });

  it("does not fall into a seek loop when the machine is overloaded", () => {
    const player = new SimulatedPlayer(0, 900, () => 0.6);
    let state = initialDrift(0);
    for (let now = 0; now < 10 * 60_000; now += DRIFT_TICK_MS) state = player.run(state, now, 0);
    expect(player.seeks).toBeLessThanOrEqual(14);
    expect(isStruggling(state)).toBe(true);
  });

  it("recovers when the overload ends", () => {
    const player = new SimulatedPlayer(0, 300, (now) => (now < 60_000 ? 0.7 : 2));
    let state = initialDrift(0);
    for (let now = 0; now < 180_000; now += DRIFT_TICK_MS) state = player.run(state, now, 0);
    expect(Math.abs(player.errorAt(180_000))).toBeLessThan(0.04);
    expect(isStruggling(state)).toBe(false);
  });

  it("makes no seek in two hours without stalls", () => {
    const random = randomFrom(7);
    const player = new SimulatedPlayer(0, 300, () => 2);
    let state = initialDrift(0);
    for (let now = 0; now < 7_200_000; now += DRIFT_TICK_MS) {
      state = player.run(state, now, (random() - 0.5) * 0.03);
    }
    expect(player.seeks).toBe(0);
  });
});
