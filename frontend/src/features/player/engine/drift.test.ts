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

type GivenSample = (typeof cases)[number]["steps"][number]["sample"];

const settled = (): DriftState => ({ ...initialDrift(0), settlesAt: 0 });

const sample = (over: Partial<DriftSample>): DriftSample => ({
  now: 10_000,
  error: 0,
  roomRate: 1,
  isPlaying: true,
  isSeeking: false,
  isStalled: false,
  everyMs: DRIFT_TICK_MS,
  ...over,
});

function sampleFrom(given: GivenSample): DriftSample {
  return {
    now: given.now_ms,
    error: given.error_s,
    roomRate: given.room_rate,
    isPlaying: given.playing,
    isSeeking: given.seeking,
    isStalled: given.stalled,
    everyMs: ("every_ms" in given ? given.every_ms : undefined) ?? DRIFT_TICK_MS,
  };
}

describe("golden cases", () => {
  it.each(cases)("$name", ({ mode, steps }) => {
    const policy = mode === "same_room" ? SAME_ROOM : TOGETHER_APART;
    let state = initialDrift(steps[0]?.sample.now_ms ?? 0);
    for (const { sample: given, settle: settles, expect: wanted } of steps) {
      if (settles) state = settle(state, given.now_ms);
      const [next, decision] = decideDrift(state, sampleFrom(given), policy);
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
