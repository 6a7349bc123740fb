/**
 * Whether a microphone hears a voice, from its loudness. Pure; time comes in as an argument.
 * Invariant: a knock is no voice, and a breath between two words does not end one.
 */
export interface Activity {
  isVoice: boolean;
  /** Since when it has been loud, null while it is not. */
  loudMs: number | null;
  lastLoudMs: number;
}

/** Decibels below full scale, after the browser took noise away. */
const LOUD_DB = -50;
const BEGINS_AFTER_MS = 60;
const ENDS_AFTER_MS = 500;

export const SILENT: Activity = { isVoice: false, loudMs: null, lastLoudMs: Number.NEGATIVE_INFINITY };

export function listen(before: Activity, db: number, nowMs: number): Activity {
  if (db >= LOUD_DB) {
    const loudMs = before.loudMs ?? nowMs;
    return { isVoice: before.isVoice || nowMs - loudMs >= BEGINS_AFTER_MS, loudMs, lastLoudMs: nowMs };
  }
  const isVoice = before.isVoice && nowMs - before.lastLoudMs < ENDS_AFTER_MS;
  return { isVoice, loudMs: null, lastLoudMs: before.lastLoudMs };
}

/** Loudness of samples between -1 and 1, in decibels below full scale. */
export function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return power > 0 ? 10 * Math.log10(power) : Number.NEGATIVE_INFINITY;
}

const QUIET_DB = -70;

/** 0 to 1 for a meter. */
export function meterShare(db: number): number {
  return Math.min(Math.max((db - QUIET_DB) / -QUIET_DB, 0), 1);
}
