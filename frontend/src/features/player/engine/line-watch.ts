/**
 * Notices that a line got better. hls.js weighs what it measured by the time it took: segments of a light rung pass in
 * an instant, so it would take minutes until they count more than the seconds on a bad line before. Pure.
 */
import type { LoaderStats } from "hls.js";

/** So many segments in a row have to agree. */
const AGREEING = 3;
/** Less than this much above the estimate is left to hls.js. */
const CLEARLY_BETTER = 1.5;
/** Sound may have waited for its turn meanwhile. */
const BELIEVED_SHARE = 0.8;
/** Shorter times are the clock's and the browser's, not the line's. */
const SHORTEST_MS = 20;

export class LineWatch {
  private rates: number[] = [];

  /** One more segment came with `rate`. The bits/s to count with from now on, or null to leave `estimate` as it is. */
  note(rate: number, estimate: number): number | null {
    this.rates = [...this.rates, rate].slice(-AGREEING);
    const slowest = Math.min(...this.rates);
    if (this.rates.length < AGREEING || slowest < estimate * CLEARLY_BETTER) return null;
    this.rates = [];
    return slowest * BELIEVED_SHARE;
  }
}

/** Bits/s from the first byte to the last: what came before was the server's time as much as the line's. */
export function rateOf({ loaded, loading }: Pick<LoaderStats, "loaded" | "loading">): number {
  return (loaded * 8_000) / Math.max(loading.end - loading.first, SHORTEST_MS);
}
