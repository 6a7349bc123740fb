/**
 * When a member of a room takes a lighter quality by themselves, so that the others need not wait: with little film ahead
 * and less with every look. Pure; the numbers of a look come in.
 */

const LOW_S = 4;
const STEP_EVERY_MS = 10_000;
/** So much film ahead: the line carries what it carried before. */
const RECOVERED_S = 12;
/** One look between two segments may find less film ahead on a good line too. */
const FALLS = 2;
/** The rest of the film may differ by this much from what the element says of its length. */
const END_S = 0.5;

export interface BufferLook {
  nowMs: number;
  bufferS: number;
  /** Film until its end. */
  leftS: number;
  isPlaying: boolean;
}

export interface StepState {
  bufferS: number;
  /** Looks in a row that found less film ahead. */
  falls: number;
  steppedMs: number;
  isDown: boolean;
}

export type Step = "down" | "up";

export const STEADY: StepState = {
  bufferS: 0,
  falls: 0,
  steppedMs: Number.NEGATIVE_INFINITY,
  isDown: false,
};

export function decideStep(state: StepState, look: BufferLook): [StepState, Step | null] {
  const { nowMs, bufferS, leftS, isPlaying } = look;
  const isFalling = isPlaying && bufferS < state.bufferS && bufferS < leftS - END_S;
  const next = { ...state, bufferS, falls: isFalling ? state.falls + 1 : 0 };
  if (nowMs - state.steppedMs < STEP_EVERY_MS) return [next, null];
  if (bufferS < LOW_S && next.falls >= FALLS) return [{ ...next, steppedMs: nowMs, isDown: true }, "down"];
  if (state.isDown && bufferS >= Math.min(RECOVERED_S, leftS)) return [{ ...next, isDown: false }, "up"];
  return [next, null];
}
