/**
 * Keeps one media element on the room's timeline: starts, pauses and jumps it on time, and lets the drift rules steer
 * it in between. Invariant: in a room nobody else touches the element's playback, position or rate.
 */
import type { TimelineBody } from "@/types/frames.gen";
import type { RoomClock } from "./clock";
import { type DeviceTiming, USUAL_TIMING } from "./device-timing";
import {
  DRIFT_TICK_MS,
  type DriftState,
  decideDrift,
  initialDrift,
  isStruggling,
  SAME_ROOM,
  settle,
  TOGETHER_APART,
} from "./drift";
import { ErrorMeter } from "./error-meter";
import { type Act, LagMeter } from "./lag-meter";
import { hasEnded, positionAt, supersedes } from "./timeline";

export interface SyncStatus {
  /** Seconds ahead of the room; null while nothing can be said. */
  error: number | null;
  rate: number;
  isStalled: boolean;
  startLagMs: number;
  seekLagMs: number;
  /** Jumps that corrected a drift. */
  seeks: number;
}

export interface SyncEvents {
  /** The browser wants a gesture before it plays; or it has begun to play after all. */
  onBlocked: (isBlocked: boolean) => void;
  onStruggling: (isStruggling: boolean) => void;
}

/** A playing element this far off when a timeline arrives is moved at once; drift rules handle the rest. */
const JUMP_ABOVE_S = 0.5;
/** A command to seek moves the element unless it happens to be there. */
const SEEK_TOLERANCE_S = 0.1;
/** At rest everybody shows the same picture, within about a frame; who rests beside the place starts beside the time. */
const REST_TOLERANCE_S = 0.05;
/** Who paused late shows as much more, up to this: a jump back would be seen, and would make the next start slow. */
const LATE_REST_MAX_S = 0.1;
const RATE_TOLERANCE = 0.0005;
/** An element that stopped by itself is started again this often. */
const RESTART_EVERY_MS = 1_000;
/** When a jump takes less than what is left until the start, the element waits for the start instead of chasing it. */
const START_MARGIN_MS = 20;
/** A plan was made by a wrong clock when that has moved by more since; probes seldom move it by as much. */
const CLOCK_STEP_MS = 50;
/** After so long without a tick the machine slept, or the tab was put aside: what the first picture says comes first. */
const LONG_GAP_MS = 2_000;

export class SyncController {
  private timeline: TimelineBody | null = null;
  private isApplied = false;
  private seeks = 0;
  private hasPicture = false;
  /** The element has been moved since it last played. */
  private isMoved = true;
  private isBlocked = false;
  private drift: DriftState = initialDrift(performance.now());
  private readonly lag = new LagMeter();
  private readonly errors = new ErrorMeter();
  private lastError: number | null = null;
  private plannedMs = Number.NEGATIVE_INFINITY;
  /** Room time less local time, when the plan was made. */
  private plannedByMs = 0;
  private lastStartMs = Number.NEGATIVE_INFINITY;
  private lastTickMs = performance.now();
  private timing: DeviceTiming = USUAL_TIMING;
  private plan: number | undefined;
  private frameHandle: number | undefined;
  private readonly ticker: number;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly clock: RoomClock,
    private readonly events: SyncEvents,
  ) {
    this.ticker = window.setInterval(() => this.tick(), DRIFT_TICK_MS);
    document.addEventListener("visibilitychange", this.onVisibility);
    this.watchFrames();
  }

  /** Follow `timeline` from now on, unless it is older than the one being followed. */
  follow(timeline: TimelineBody, { isSnapshot = false }: { isSnapshot?: boolean } = {}): void {
    if (!isSnapshot && !supersedes(timeline, this.timeline)) return;
    this.timeline = timeline;
    this.isApplied = false;
    this.tryApply();
  }

  /** From now on this device keeps as close to the room, and as far ahead of it, as `timing` says. */
  adjust(timing: DeviceTiming): void {
    this.timing = timing;
  }

  /** The person made a gesture: playing is allowed now. */
  unblock(): void {
    this.isBlocked = false;
    this.isApplied = false;
    this.tryApply();
  }

  status(): SyncStatus {
    return {
      error: this.lastError,
      rate: this.video.playbackRate,
      isStalled: this.isStalled(),
      startLagMs: this.lag.usualMs("start"),
      seekLagMs: this.lag.usualMs("seek"),
      seeks: this.seeks,
    };
  }

  destroy(): void {
    window.clearInterval(this.ticker);
    window.clearTimeout(this.plan);
    document.removeEventListener("visibilitychange", this.onVisibility);
    if (this.frameHandle !== undefined) this.video.cancelVideoFrameCallback(this.frameHandle);
  }

  /** A timeline is acted on once the clock is known and the element has shown its first picture. */
  private tryApply(): void {
    const { timeline } = this;
    const nowMs = performance.now();
    const roomNow = this.roomTimeAt(nowMs);
    this.hasPicture ||= this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    if (timeline === null || Number.isNaN(roomNow) || !this.hasPicture) return;
    this.isApplied = true;
    this.plannedByMs = roomNow - nowMs;
    window.clearTimeout(this.plan);
    this.plannedMs = nowMs;
    this.lag.cancel();
    this.drift = settle(this.drift, nowMs);
    const waitMs = timeline.at_ms - roomNow;
    const isOtherSpeed = timeline.cause === "rate" && !this.video.paused && waitMs > 0;
    if (!timeline.playing) this.planRest(timeline, nowMs, waitMs);
    else if (isOtherSpeed) this.planRate(timeline, nowMs + waitMs);
    else this.planStart(timeline, nowMs, waitMs);
  }

  private planRest(timeline: TimelineBody, nowMs: number, waitMs: number): void {
    this.lastError = null;
    const isMoving = !this.video.paused;
    this.schedule(isMoving && waitMs > 0 ? nowMs + waitMs : nowMs, () => {
      this.video.pause();
      this.video.playbackRate = timeline.rate;
      const position = timeline.position_ms / 1000;
      const isAhead = isMoving && this.video.currentTime > position;
      const lateS = ((this.roomTimeAt(performance.now()) - timeline.at_ms) / 1000) * timeline.rate;
      this.moveTo(position, REST_TOLERANCE_S + (isAhead ? Math.min(Math.max(lateS, 0), LATE_REST_MAX_S) : 0));
    });
  }

  private planStart(timeline: TimelineBody, nowMs: number, waitMs: number): void {
    if (waitMs > 0) this.video.pause(); // the room stands still until then
    const seekLagMs = this.lag.usualMs("seek");
    const target = positionAt(timeline, this.roomTimeAt(nowMs));
    const tolerance = timeline.cause === "seek" ? SEEK_TOLERANCE_S : JUMP_ABOVE_S;
    const aheadS = this.video.currentTime - target;
    const startMs = nowMs + Math.max(waitMs, 0);
    if (Math.abs(aheadS) <= tolerance) {
      this.startAt(timeline, startMs + (aheadS * 1000) / timeline.rate - this.lag.usualMs(this.startAct()));
    } else if (waitMs > seekLagMs + START_MARGIN_MS) {
      this.moveTo(target, 0);
      this.startAt(timeline, startMs - this.lag.usualMs(this.startAct()));
    } else {
      this.jumpAhead(timeline, nowMs, seekLagMs);
      this.startAt(timeline, nowMs);
    }
  }

  /** The film goes on at its old speed until then; what is measured meanwhile says nothing about the new one. */
  private planRate(timeline: TimelineBody, atMs: number): void {
    this.schedule(atMs, () => {
      this.setRate(timeline.rate);
      this.errors.reset();
      this.drift = settle(this.drift, performance.now());
    });
  }

  private startAt(timeline: TimelineBody, atMs: number): void {
    if (!this.video.paused) return;
    this.schedule(Math.max(atMs, performance.now()), () => {
      if (!this.video.paused) return; // a tick came first
      this.video.playbackRate = timeline.rate;
      this.start();
    });
  }

  private setBlocked(isBlocked: boolean): void {
    if (isBlocked === this.isBlocked) return;
    this.isBlocked = isBlocked;
    this.events.onBlocked(isBlocked);
  }

  private startAct(): Act {
    return this.isMoved ? "startAfterJump" : "start";
  }

  /** Runs `action` at local time `atMs`; at once when that is now or past. */
  private schedule(atMs: number, action: () => void): void {
    const waitMs = atMs - performance.now();
    this.plannedMs = atMs;
    if (waitMs <= 0) action();
    else this.plan = window.setTimeout(action, waitMs);
  }

  private start(): void {
    const { video } = this;
    this.lastStartMs = performance.now();
    if (!video.seeking) this.lag.begin(this.startAct(), this.plannedMs, video.currentTime, video.playbackRate);
    this.isMoved = false;
    this.drift = settle(this.drift, this.lastStartMs);
    video.play().then(
      () => this.setBlocked(false),
      (error: unknown) => {
        if (error instanceof DOMException && error.name === "NotAllowedError") this.setBlocked(true);
      },
    );
  }

  /** Jump to where the room will be once the jump is done. */
  private jumpAhead(timeline: TimelineBody, nowMs: number, aheadMs: number): void {
    const target = positionAt(timeline, this.roomTimeAt(nowMs) + aheadMs);
    this.moveTo(target, 0);
    this.lag.begin("seek", nowMs, target, timeline.rate);
  }

  private moveTo(position: number, tolerance: number): void {
    if (Math.abs(this.video.currentTime - position) <= tolerance) return;
    this.errors.reset();
    this.lastError = null;
    this.isMoved ||= this.video.paused;
    this.video.currentTime = position;
  }

  private tick(): void {
    const nowMs = performance.now();
    const everyMs = Math.max(DRIFT_TICK_MS, nowMs - this.lastTickMs);
    this.lastTickMs = nowMs;
    if (everyMs > LONG_GAP_MS && !document.hidden) this.drift = settle(this.drift, nowMs);
    this.clock.advance(nowMs, { isPlaying: !this.video.paused });
    const steppedMs = Math.abs(this.roomTimeAt(nowMs) - nowMs - this.plannedByMs);
    if (nowMs < this.plannedMs && steppedMs > CLOCK_STEP_MS) this.isApplied = false;
    if (!this.isApplied) this.tryApply();
    const { timeline } = this;
    if (timeline === null || !this.isApplied || nowMs < this.plannedMs) return;
    if (timeline.playing && !hasEnded(timeline, this.roomTimeAt(nowMs))) this.steer(timeline, nowMs, everyMs);
    else if (!timeline.playing && !this.video.paused) this.video.pause();
  }

  /** Nothing but slow timers guards a correction in a hidden tab, so none goes into it, and the return is met at once. */
  private readonly onVisibility = (): void => {
    if (document.hidden && this.timeline !== null) this.setRate(this.timeline.rate);
    if (!document.hidden) this.tick();
  };

  private steer(timeline: TimelineBody, nowMs: number, everyMs: number): void {
    this.restartIfStopped(nowMs);
    const fallback = this.video.currentTime - positionAt(timeline, this.roomTimeAt(nowMs));
    const error = this.errors.take(nowMs, fallback);
    if (error === null) return;
    this.lastError = error;
    const wasStruggling = isStruggling(this.drift);
    const sample = {
      now: nowMs,
      error,
      roomRate: timeline.rate,
      isPlaying: !this.video.paused,
      isSeeking: this.video.seeking,
      isStalled: this.isStalled(),
      everyMs,
    };
    const policy = this.timing.isSameRoom ? SAME_ROOM : TOGETHER_APART;
    const [next, decision] = decideDrift(this.drift, sample, policy);
    this.drift = next;
    if (decision.action === "seek") {
      this.seeks += 1;
      this.jumpAhead(timeline, nowMs, this.lag.usualMs("seek"));
    }
    this.setRate(decision.action === "rate" ? decision.rate : timeline.rate);
    if (isStruggling(next) !== wasStruggling) this.events.onStruggling(isStruggling(next));
  }

  /** The system, or a lost decoder, can stop an element that the room wants to play. */
  private restartIfStopped(nowMs: number): void {
    const { video } = this;
    if (!video.paused || video.ended || this.isBlocked) return;
    const isTimerLate = this.lastStartMs < this.plannedMs && nowMs - this.plannedMs < RESTART_EVERY_MS;
    if (!isTimerLate && nowMs - this.lastStartMs < RESTART_EVERY_MS) return;
    if (!isTimerLate) this.plannedMs = nowMs;
    this.start();
  }

  private setRate(rate: number): void {
    if (Math.abs(this.video.playbackRate - rate) > RATE_TOLERANCE) this.video.playbackRate = rate;
  }

  private isStalled(): boolean {
    return !this.video.paused && this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  /** Room time of what leaves the browser at `localMs`: it is heard later than that where the loudspeakers are slow. */
  private roomTimeAt(localMs: number): number {
    return (this.clock.at(localMs) ?? Number.NaN) + this.timing.outputDelayMs;
  }

  private watchFrames(): void {
    if (!("requestVideoFrameCallback" in this.video)) return;
    const onFrame: VideoFrameRequestCallback = (nowMs, { mediaTime, expectedDisplayTime }) => {
      this.frameHandle = this.video.requestVideoFrameCallback(onFrame);
      if (this.video.seeking || this.video.paused) return;
      this.lag.see(mediaTime, expectedDisplayTime);
      const roomTime = this.roomTimeAt(expectedDisplayTime);
      if (this.timeline === null || Number.isNaN(roomTime)) return;
      this.errors.addFrame(mediaTime - positionAt(this.timeline, roomTime), nowMs);
    };
    this.frameHandle = this.video.requestVideoFrameCallback(onFrame);
  }
}
