/**
 * Decides, every DRIFT_TICK_MS, how a playing element gets back to the room's timeline.
 * Invariant: a pure function of (state, sample, policy); it never asks for a seek while the last
 * start or seek is settling, and never for two seeks closer than the current pause between seeks.
 */

export const DRIFT_TICK_MS = 100;

export interface DriftSample {
  /** Local monotonic time, ms. */
  now: number;
  /** Film time shown minus film time expected, seconds: positive is ahead of the room. */
  error: number;
  roomRate: number;
  isPlaying: boolean;
  isSeeking: boolean;
  isStalled: boolean;
  /** How far apart samples are at present, ms: a hidden tab is woken once a second, or once a minute. */
  everyMs: number;
}

export interface DriftPolicy {
  /** Correction starts above `enter` and ends below `leave`, seconds. */
  enter: number;
  leave: number;
  /** 0, or the step in which this browser's rate changes are inaudible. */
  rateStep: number;
}

export const TOGETHER_APART: DriftPolicy = { enter: 0.03, leave: 0.01, rateStep: 0 };
export const SAME_ROOM: DriftPolicy = { enter: 0.012, leave: 0.004, rateStep: 0 };

export interface DriftState {
  isCorrecting: boolean;
  /** Nothing is decided before this local time. */
  settlesAt: number;
  nextSeekAt: number;
  /** Pause after the next seek; doubles with every seek that did not help. */
  seekPauseMs: number;
  /** Seeks since the error last stayed small for CALM_MS. */
  seeks: number;
  seekThreshold: number;
  /** Local time since when the error has been below the seek threshold. */
  calmSince: number | null;
}

export type DriftDecision =
  | { action: "hold" }
  | { action: "rate"; rate: number }
  | { action: "seek"; isStruggling: boolean };

export const SETTLE_MS = 400;
const SEEK_THRESHOLD_S = 1;
const SEEK_PAUSE_MS = 4_000;
const SEEK_PAUSE_MAX_MS = 64_000;
/** After so many seeks in a row the device cannot keep up: seek less, and say so. */
const SEEKS_BEFORE_WIDENING = 3;
const SEEK_THRESHOLD_MAX_S = 8;
/** The error must stay small so long before earlier seeks are forgiven. */
const CALM_MS = 20_000;
const CORRECTION_TIME_S = 1;
/** A correction is under way until the next sample at least, so it is spread over so many of them, or it would overshoot. */
const SAMPLES_OF_CORRECTION = 2;
/** Rate caps that ears and eyes forgive, by size of the error. */
const RATE_CAPS = [
  { below: 0.12, cap: 0.03 },
  { below: 0.4, cap: 0.08 },
] as const;
const RATE_CAP_MAX = 0.15;

export function initialDrift(now: number): DriftState {
  return {
    isCorrecting: false,
    settlesAt: now + SETTLE_MS,
    nextSeekAt: now,
    seekPauseMs: SEEK_PAUSE_MS,
    seeks: 0,
    seekThreshold: SEEK_THRESHOLD_S,
    calmSince: null,
  };
}

/**
 * The element was started or moved by command: let it settle before judging it. What it then is off is taken back as if
 * a correction were under way, or people who all began a little beside the time would stay so, up to 60 ms apart.
 */
export function settle(state: DriftState, now: number): DriftState {
  return { ...state, isCorrecting: true, settlesAt: now + SETTLE_MS };
}

function standStill(state: DriftState, now: number): DriftState {
  return { ...state, isCorrecting: false, settlesAt: now + SETTLE_MS };
}

export function decideDrift(
  state: DriftState,
  sample: DriftSample,
  policy: DriftPolicy = TOGETHER_APART,
): [DriftState, DriftDecision] {
  if (!sample.isPlaying) return [{ ...state, isCorrecting: false }, { action: "hold" }];
  if (sample.isStalled) return [standStill(state, sample.now), { action: "hold" }];
  if (sample.isSeeking) return [{ ...state, settlesAt: sample.now + SETTLE_MS }, { action: "hold" }];
  if (sample.now < state.settlesAt) return [state, { action: "hold" }];

  const size = Math.abs(sample.error);
  const watched = withCalm(state, size, sample.now);
  if (size > watched.seekThreshold && sample.now >= watched.nextSeekAt) return seek(watched, sample);
  return steer(watched, sample, policy);
}

export function isStruggling(state: DriftState): boolean {
  return state.seekThreshold > SEEK_THRESHOLD_S;
}

function withCalm(state: DriftState, size: number, now: number): DriftState {
  if (size > SEEK_THRESHOLD_S) return { ...state, calmSince: null };
  const calmSince = state.calmSince ?? now;
  if (now - calmSince < CALM_MS) return { ...state, calmSince };
  return {
    ...state,
    calmSince,
    seeks: 0,
    seekPauseMs: SEEK_PAUSE_MS,
    seekThreshold: SEEK_THRESHOLD_S,
  };
}

function seek(state: DriftState, sample: DriftSample): [DriftState, DriftDecision] {
  const seeks = state.seeks + 1;
  const widens = seeks > SEEKS_BEFORE_WIDENING;
  const seekThreshold = widens ? Math.min(state.seekThreshold * 2, SEEK_THRESHOLD_MAX_S) : state.seekThreshold;
  const next: DriftState = {
    ...standStill(state, sample.now),
    seeks,
    seekThreshold,
    calmSince: null,
    nextSeekAt: sample.now + state.seekPauseMs,
    seekPauseMs: Math.min(state.seekPauseMs * 2, SEEK_PAUSE_MAX_MS),
  };
  return [next, { action: "seek", isStruggling: isStruggling(next) }];
}

function steer(state: DriftState, sample: DriftSample, policy: DriftPolicy): [DriftState, DriftDecision] {
  const size = Math.abs(sample.error);
  const isCorrecting = state.isCorrecting ? size >= policy.leave : size > policy.enter;
  const correction = isCorrecting ? correctionFor(sample, policy.rateStep) : 0;
  return [
    { ...state, isCorrecting },
    { action: "rate", rate: sample.roomRate * (1 - correction) },
  ];
}

/** Fraction by which to slow down (positive) or hurry (negative). */
function correctionFor({ error, everyMs }: DriftSample, rateStep: number): number {
  const size = Math.abs(error);
  const timeS = Math.max(CORRECTION_TIME_S, (SAMPLES_OF_CORRECTION * everyMs) / 1000);
  const cap = RATE_CAPS.find(({ below }) => size < below)?.cap ?? RATE_CAP_MAX;
  const wanted = Math.min(size / timeS, cap);
  const steps = Math.max(1, Math.round(wanted / (rateStep || 1)));
  return Math.sign(error) * (rateStep > 0 ? steps * rateStep : wanted);
}
