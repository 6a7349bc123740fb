/**
 * How far the picture is from the timeline. Presented frames say it best (requestVideoFrameCallback); without them, in
 * a hidden tab or an old browser, the element's own time is smoothed instead.
 * Invariant: the element is only read.
 */

/** So long without a frame, the element's own time is asked. */
const FRAMES_MISSING_MS = 250;
/** Weight of the newest reading of currentTime, which jitters by tens of milliseconds. */
const NEWEST = 0.3;
/** What was read longer ago, in a tab whose timers are slowed down, says nothing about now. */
const SMOOTH_WITHIN_MS = 500;

export class ErrorMeter {
  private frames: number[] = [];
  private lastFrameMs = Number.NEGATIVE_INFINITY;
  private smoothed: number | null = null;
  private smoothedMs = Number.NEGATIVE_INFINITY;

  /** A frame was presented with this error, seconds. */
  addFrame(error: number, nowMs: number): void {
    this.frames.push(error);
    this.lastFrameMs = nowMs;
    this.smoothed = null;
  }

  /** Errors measured before a jump say nothing about what comes after it. */
  reset(): void {
    this.frames = [];
    this.smoothed = null;
  }

  /** Mean error of the frames since the last call; `fallback` is the error by the element's own time. */
  take(nowMs: number, fallback: number): number | null {
    const { frames } = this;
    this.frames = [];
    if (frames.length > 0) return frames.reduce((sum, error) => sum + error, 0) / frames.length;
    if (nowMs - this.lastFrameMs < FRAMES_MISSING_MS) return null;
    const before = nowMs - this.smoothedMs > SMOOTH_WITHIN_MS ? null : this.smoothed;
    this.smoothed = before === null ? fallback : before * (1 - NEWEST) + fallback * NEWEST;
    this.smoothedMs = nowMs;
    return this.smoothed;
  }
}
