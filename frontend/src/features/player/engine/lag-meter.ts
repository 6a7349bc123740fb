/**
 * How late this element acts: from asking it to start (or to jump while playing) to the moment its picture runs on time.
 * Invariant: pure bookkeeping; every time comes in as an argument.
 */

/** Where it rested everything is at hand; after a jump decoders and loudspeakers begin anew, which takes far longer. */
export type Act = "start" | "startAfterJump" | "seek";

interface Pending {
  act: Act;
  atMs: number;
  position: number;
  rate: number;
}

const FIRST_GUESS_MS: Readonly<Record<Act, number>> = { start: 30, startAfterJump: 80, seek: 200 };
const MOST_MS: Readonly<Record<Act, number>> = { start: 500, startAfterJump: 500, seek: 2_500 };
/** The usual lag is the median of so many: one start on a machine that was busy says nothing about the next one. */
const REMEMBERED = 5;
/** An act whose first picture takes longer was held up by the network, which says nothing about the next one. */
const FORGET_AFTER_MS = 4_000;

export class LagMeter {
  private readonly lags: Record<Act, number[]> = {
    start: [FIRST_GUESS_MS.start],
    startAfterJump: [FIRST_GUESS_MS.startAfterJump],
    seek: [FIRST_GUESS_MS.seek],
  };
  private pending: Pending | null = null;

  usualMs(act: Act): number {
    const sorted = [...this.lags[act]].sort((a, b) => a - b);
    const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0];
    return (low + high) / 2;
  }

  /** The element was asked, at local time `atMs`, to play from `position` (seconds) on. */
  begin(act: Act, atMs: number, position: number, rate: number): void {
    this.pending = { act, atMs, position, rate };
  }

  cancel(): void {
    this.pending = null;
  }

  /** A picture with film time `mediaTime` is shown at local time `shownMs`. */
  see(mediaTime: number, shownMs: number): void {
    const { pending } = this;
    if (pending === null || mediaTime <= pending.position || shownMs < pending.atMs) return;
    this.pending = null;
    const elapsed = shownMs - pending.atMs;
    const lag = elapsed - ((mediaTime - pending.position) * 1000) / pending.rate;
    if (elapsed > FORGET_AFTER_MS || lag < -FIRST_GUESS_MS.seek) return;
    const measured = Math.min(Math.max(lag, 0), MOST_MS[pending.act]);
    this.lags[pending.act] = [...this.lags[pending.act], measured].slice(-REMEMBERED);
  }
}
