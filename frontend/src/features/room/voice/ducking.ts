/**
 * How loud the film is while people talk: a share of what the person chose. Pure; time comes in as an argument.
 * Invariant: the share moves at a bounded speed, so nothing ever clicks.
 */
export interface Ducking {
  /** 1: as the person chose. */
  gain: number;
  atMs: number;
  spokenMs: number;
}

export const DUCKED_GAIN = 0.35;
export const DUCK_WITHIN_MS = 150;
/** Between two sentences the film stays low. */
export const HOLD_MS = 600;
export const RETURN_WITHIN_MS = 400;

const DEPTH = 1 - DUCKED_GAIN;

export const UNDUCKED: Ducking = { gain: 1, atMs: 0, spokenMs: Number.NEGATIVE_INFINITY };

export function duck(before: Ducking, isSpeech: boolean, nowMs: number): Ducking {
  const spokenMs = isSpeech ? nowMs : before.spokenMs;
  const isLow = nowMs - spokenMs < HOLD_MS;
  const elapsedMs = Math.max(0, nowMs - before.atMs);
  const gain = isLow
    ? Math.max(DUCKED_GAIN, before.gain - (DEPTH * elapsedMs) / DUCK_WITHIN_MS)
    : Math.min(1, before.gain + (DEPTH * elapsedMs) / RETURN_WITHIN_MS);
  return { gain, atMs: nowMs, spokenMs };
}

/** Nothing moves any more until somebody speaks. */
export function isAtRest({ gain }: Ducking): boolean {
  return gain === 1;
}
