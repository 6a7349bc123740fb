/**
 * How late this element acts: from asking it to start (or to jump while playing) to the moment its picture runs on time.
 * Invariant: pure bookkeeping; every time comes in as an argument.
 */

export type Act = "start" | "seek";

interface Pending {
  act: Act;
  atMs: number;
  position: number;
  rate: number;
}

const FIRST_GUESS_MS: Readonly<Record<Act, number>> = { start: 60, seek: 200 };
const MOST_MS: Readonly<Record<Act, number>> = { start: 500, seek: 2_500 };
/** Weight of the newest measurement. */
const NEWEST = 0.35;
/** An act whose first picture takes longer was held up by the network, which says nothing about the next one. */
const FORGET_AFTER_MS = 4_000;

export class LagMeter {
  private means = { ...FIRST_GUESS_MS };
  private pending: Pending | null = null;

  meanMs(act: Act): number {
    return this.means[act];
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
    const mean = this.means[pending.act] * (1 - NEWEST) + lag * NEWEST;
    this.means[pending.act] = Math.min(Math.max(mean, 0), MOST_MS[pending.act]);
  }
}
