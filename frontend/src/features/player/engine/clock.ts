/**
 * Estimates room time (the database clock, epoch ms) from probes against the server.
 * Invariant: pure in its arguments, and while a film plays the applied clock never moves
 * faster than MAX_SLEW against the local one, so that a better estimate is never a jump.
 */

/** One probe: local send, server receive, server transmit, local receive; all ms. */
export interface ClockProbe {
  c: number;
  r: number;
  x: number;
  d: number;
}

interface Measured {
  local: number;
  offset: number;
  rtt: number;
}

const MEMORY = 48;
export const USABLE_AFTER = 3;
/** Span of local time that a fit needs before its slope says more than jitter does. */
const DRIFT_SPAN_MS = 120_000;
/** Quartz is within 100 ppm; a steeper fit is an artefact of the network. */
const MAX_DRIFT = 200e-6;
/** 2 ms per second. */
const MAX_SLEW = 0.002;
/** The newest probes that decide whether the path itself has changed. */
const FLOOR_WINDOW = 8;
const FLOOR_SHIFT = 0.3;
/** On a near path 30 % is scheduling noise; a smaller shift than this is not a new path. */
const FLOOR_SHIFT_MIN_MS = 6;
/** No path explains an offset further away than half the round trips and this: a clock was set, or stood still. */
const JUMP_MARGIN_MS = 20;
/** Softens the weights: differences of round trip below this are noise. */
const WEIGHT_SOFTENING_MS = 1;

export const PROBE_BURST = 16;
export const PROBE_BURST_SPACING_MS = { min: 60, max: 100 } as const;
export const PROBE_INTERVAL_MS = 5_000;

export class RoomClock {
  private samples: Measured[] = [];
  private applied: { offset: number; at: number } | null = null;
  private mayStep = true;

  get isUsable(): boolean {
    return this.applied !== null;
  }

  get probes(): number {
    return this.samples.length;
  }

  /** Smallest round trip remembered, ms. */
  get rttMs(): number {
    return this.samples.length === 0 ? 0 : floorOf(this.samples);
  }

  /** Median excess over the smallest round trip, ms. A mean would make a room wait for minutes for one late answer. */
  get jitterMs(): number {
    const trips = this.samples.map((sample) => sample.rtt).sort((a, b) => a - b);
    return (trips[Math.floor(trips.length / 2)] ?? 0) - (trips[0] ?? 0);
  }

  /** Takes a probe in; true when the estimate started over because a clock or the path changed. */
  add(probe: ClockProbe): boolean {
    const sample = measure(probe);
    if (sample === null) return false;
    if (this.isJump(sample)) {
      this.samples = [sample];
      this.mayStep = true;
      return true;
    }
    this.samples = [...this.samples, sample].slice(-MEMORY);
    if (!hasPathChanged(this.samples)) return false;
    this.samples = this.samples.slice(-FLOOR_WINDOW);
    return true;
  }

  /**
   * Forgets the probes. After a wake the local clock itself may have stood still, so the next
   * estimate is taken at once; after a mere network change the old one is eased over.
   */
  restart({ mayStep }: { mayStep: boolean }): void {
    this.samples = [];
    this.mayStep = this.mayStep || mayStep;
  }

  /** Best present guess of room time minus local time, or null before it is usable. */
  estimate(localMs: number): number | null {
    return this.samples.length < USABLE_AFTER ? null : fit(bestQuarter(this.samples), localMs);
  }

  /** Room time at `localMs`; null before the first usable estimate. */
  advance(localMs: number, { isPlaying }: { isPlaying: boolean }): number | null {
    const target = this.estimate(localMs) ?? this.applied?.offset ?? null;
    if (target !== null) this.approach(target, localMs, isPlaying);
    return this.at(localMs);
  }

  /** Room time at `localMs` without moving the clock. */
  at(localMs: number): number | null {
    return this.applied === null ? null : localMs + this.applied.offset;
  }

  private isJump(sample: Measured): boolean {
    const estimate = this.estimate(sample.local);
    if (estimate === null) return false;
    return Math.abs(sample.offset - estimate) > (sample.rtt + this.rttMs) / 2 + JUMP_MARGIN_MS;
  }

  private approach(target: number, localMs: number, isPlaying: boolean): void {
    if (this.applied === null || this.mayStep || !isPlaying) {
      this.applied = { offset: target, at: localMs };
      if (this.samples.length >= USABLE_AFTER) this.mayStep = false;
      return;
    }
    const reach = Math.max(0, localMs - this.applied.at) * MAX_SLEW;
    const step = clamp(target - this.applied.offset, -reach, reach);
    this.applied = { offset: this.applied.offset + step, at: Math.max(localMs, this.applied.at) };
  }
}

function measure({ c, r, x, d }: ClockProbe): Measured | null {
  const rtt = d - c - (x - r);
  if (![c, r, x, d].every(Number.isFinite) || rtt < 0) return null;
  return { local: (c + d) / 2, offset: (r - c + (x - d)) / 2, rtt };
}

function floorOf(samples: readonly Measured[]): number {
  return Math.min(...samples.map((sample) => sample.rtt));
}

/** The route is another one when the newest probes' floor left the older ones' floor. */
function hasPathChanged(samples: readonly Measured[]): boolean {
  if (samples.length < 2 * FLOOR_WINDOW) return false;
  const before = floorOf(samples.slice(0, -FLOOR_WINDOW));
  const shift = Math.abs(floorOf(samples.slice(-FLOOR_WINDOW)) - before);
  return shift > Math.max(FLOOR_SHIFT * before, FLOOR_SHIFT_MIN_MS);
}

function bestQuarter(samples: readonly Measured[]): Measured[] {
  const count = Math.max(1, Math.floor(samples.length / 4));
  return [...samples].sort((a, b) => a.rtt - b.rtt).slice(0, count);
}

function spanOf(samples: readonly Measured[]): number {
  const locals = samples.map((sample) => sample.local);
  return Math.max(...locals) - Math.min(...locals);
}

/** Weighted mean of offsets; a weighted line once the samples span long enough. */
function fit(samples: readonly Measured[], localMs: number): number {
  const floor = floorOf(samples);
  const weights = samples.map((sample) => 1 / (sample.rtt - floor + WEIGHT_SOFTENING_MS));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (sample: Measured) => number): number =>
    samples.reduce((sum, sample, i) => sum + (weights[i] ?? 0) * of(sample), 0) / total;

  const centre = mean((sample) => sample.local);
  const offset = mean((sample) => sample.offset);
  if (spanOf(samples) < DRIFT_SPAN_MS) return offset;

  const spread = mean((sample) => (sample.local - centre) ** 2);
  const together = mean((sample) => (sample.local - centre) * (sample.offset - offset));
  const slope = clamp(together / spread, -MAX_DRIFT, MAX_DRIFT);
  return offset + slope * (localMs - centre);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
