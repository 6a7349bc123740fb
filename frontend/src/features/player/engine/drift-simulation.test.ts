/** The drift rules in command of a simulated player: lags, jitter, stalls, weak machines and sleepy tabs, by the thousand. */
import { describe, expect, it } from "vitest";
import { DRIFT_TICK_MS, type DriftState, decideDrift, initialDrift, isStruggling, SETTLE_MS } from "./drift";
import { randomFrom } from "./random.test-support";

const SEEK_PAUSE_MS = 4_000;
const SEEDS = 10_000;

interface Traits {
  /** Seconds ahead of the room at first. */
  start?: number;
  seekLagMs?: number;
  /** The most that an error is misread by, seconds either way. */
  noise?: number;
  everyMs?: number;
  /** The fastest that this machine can play, and when it stands still for want of data. */
  ceiling?: (now: number) => number;
  isStalledAt?: (now: number) => boolean;
}

/** Plays against a room whose film runs at rate 1 from 0 on. */
class SimulatedPlayer {
  readonly seeks: number[] = [];
  fastest = 1;
  slowest = 1;
  now = 0;
  private position: number;
  private busyUntil = 0;
  private rate = 1;
  state: DriftState = initialDrift(0);
  private readonly traits: Required<Traits>;

  constructor(
    traits: Traits,
    private readonly random: () => number = () => 0.5,
  ) {
    this.traits = {
      start: 0,
      seekLagMs: 200,
      noise: 0,
      everyMs: DRIFT_TICK_MS,
      ceiling: () => 2,
      isStalledAt: () => false,
      ...traits,
    };
    this.position = this.traits.start;
  }

  /** Seconds ahead of the room. */
  get error(): number {
    return this.position - this.now / 1000;
  }

  /** Never more than 15 % too fast or too slow. */
  get isBearable(): boolean {
    return this.fastest <= 1.15 && this.slowest >= 0.85;
  }

  get isStruggling(): boolean {
    return isStruggling(this.state);
  }

  runUntil(end: number, look: () => void = () => undefined): this {
    while (this.now < end) {
      this.step();
      look();
    }
    return this;
  }

  private step(): void {
    const { everyMs, noise, ceiling, isStalledAt, seekLagMs } = this.traits;
    const isSeeking = this.now < this.busyUntil;
    const isStalled = isStalledAt(this.now);
    const error = this.error + (2 * this.random() - 1) * noise;
    const sample = { now: this.now, error, roomRate: 1, isPlaying: true, isSeeking, isStalled, everyMs };
    const [state, decision] = decideDrift(this.state, sample);
    this.state = state;
    this.rate = decision.action === "rate" ? decision.rate : 1;
    this.fastest = Math.max(this.fastest, this.rate);
    this.slowest = Math.min(this.slowest, this.rate);
    if (decision.action === "seek") this.seek(seekLagMs);
    else if (!isSeeking && !isStalled) this.position += (everyMs / 1000) * Math.min(this.rate, ceiling(this.now));
    this.now += everyMs;
  }

  private seek(lagMs: number): void {
    this.seeks.push(this.now);
    this.busyUntil = this.now + lagMs;
    this.position = (this.now + lagMs) / 1000;
  }
}

function expectSeeksApart(player: SimulatedPlayer): void {
  for (const [index, at] of player.seeks.slice(1).entries()) {
    expect(at - (player.seeks[index] ?? 0)).toBeGreaterThanOrEqual(SEEK_PAUSE_MS);
  }
}

describe("whatever happens", () => {
  it("less than a second is taken back to 30 ms without a seek, and the speed stays bearable", () => {
    const failed: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const random = randomFrom(seed);
      const start = 1.9 * (random() - 0.5);
      const player = new SimulatedPlayer({ start, noise: 0.008 * random() }, random).runUntil(SETTLE_MS + 14_000);
      if (Math.abs(player.error) > 0.03 || player.seeks.length > 0 || !player.isBearable) failed.push(seed);
    }
    expect(failed, "seeds").toEqual([]);
  });

  it("seeks are 4 s apart at least, and the speed within its caps", () => {
    for (let seed = 1; seed <= SEEDS / 10; seed += 1) {
      const random = randomFrom(seed);
      const stalls = Array.from({ length: 4 }, () => ({ at: random() * 40_000, ms: random() ** 2 * 5_000 }));
      const traits = {
        start: (random() - 0.5) * 20,
        seekLagMs: random() * 2_500,
        noise: random() ** 3 * 0.5,
        ceiling: () => 0.7 + random() * 0.8,
        isStalledAt: (now: number) => stalls.some(({ at, ms }) => now >= at && now < at + ms),
      };
      const player = new SimulatedPlayer(traits, random).runUntil(60_000);
      expectSeeksApart(player);
      expect(player.seeks.length, `seed ${seed}`).toBeLessThanOrEqual(6);
      expect(player.isBearable, `seed ${seed}`).toBe(true);
    }
  });

  it("any start is in step within 10 s and stays so, with one seek at most", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomFrom(seed);
      const start = (random() - 0.5) * 20;
      const player = new SimulatedPlayer({ start, seekLagMs: random() * 600, noise: 0.005 }, random).runUntil(12_000);
      let worst = 0;
      player.runUntil(60_000, () => {
        worst = Math.max(worst, Math.abs(player.error));
      });
      expect(worst).toBeLessThan(0.04);
      expect(player.seeks.length).toBeLessThanOrEqual(Math.abs(start) > 0.99 ? 1 : 0);
    }
  });
});

describe("a stall", () => {
  it("of 0.7 s is caught up by rate alone within 8 s", () => {
    const isStalledAt = (now: number): boolean => now >= 2_000 && now < 2_700;
    const player = new SimulatedPlayer({ isStalledAt }).runUntil(2_700 + 8_000);
    expect(Math.abs(player.error)).toBeLessThan(0.1);
    expect(player.seeks).toHaveLength(0);
  });

  it("of 2 s costs one seek and less than a second", () => {
    const isStalledAt = (now: number): boolean => now >= 2_000 && now < 4_000;
    const player = new SimulatedPlayer({ isStalledAt }).runUntil(5_000);
    expect(Math.abs(player.error)).toBeLessThan(0.1);
    expect(player.seeks).toHaveLength(1);
  });
});

describe("a weak machine", () => {
  it("that plays at 0.6 does not fall into a seek loop", () => {
    const player = new SimulatedPlayer({ seekLagMs: 900, ceiling: () => 0.6 }).runUntil(600_000);
    expect(player.seeks.length).toBeLessThanOrEqual(14);
    expect(player.isStruggling).toBe(true);
  });

  it("that shows 5 frames a second, 200 ms out of place, never seeks", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const player = new SimulatedPlayer({ noise: 0.2, everyMs: 200 }, randomFrom(seed)).runUntil(600_000);
      expect(player.seeks).toHaveLength(0);
      expect(Math.abs(player.error)).toBeLessThan(0.2);
    }
  });

  it("recovers when the load ends", () => {
    const player = new SimulatedPlayer({ seekLagMs: 300, ceiling: (now) => (now < 60_000 ? 0.7 : 2) });
    player.runUntil(180_000);
    expect(Math.abs(player.error)).toBeLessThan(0.04);
    expect(player.isStruggling).toBe(false);
  });
});

describe("a hidden tab", () => {
  it.each([1_000, 60_000])("woken every %d ms comes nearer and never swings beyond", (everyMs) => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = randomFrom(seed);
      const player = new SimulatedPlayer({ start: 1.9 * (random() - 0.5), noise: 0.02, everyMs }, random);
      let before = Math.abs(player.error);
      let outwards = 0;
      player.runUntil(everyMs * 60, () => {
        outwards = Math.max(outwards, Math.abs(player.error) - before);
        before = Math.abs(player.error);
      });
      expect(outwards).toBeLessThanOrEqual(0.03);
      expect(player.seeks).toHaveLength(0);
      expect(Math.abs(player.error)).toBeLessThan(0.06);
    }
  });
});

describe("two hours without stalls", () => {
  it("pass without a seek", () => {
    const player = new SimulatedPlayer({ seekLagMs: 300, noise: 0.015 }, randomFrom(7)).runUntil(7_200_000);
    expect(player.seeks).toHaveLength(0);
  });
});
