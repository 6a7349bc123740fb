/**
 * Feeds the room clock: a burst of probes on every connection and whenever the path or the own clock may be another one,
 * then one every five seconds. Invariant: an answer counts only for a probe of the present connection.
 */
import {
  PROBE_BURST,
  PROBE_BURST_SPACING_MS,
  PROBE_INTERVAL_MS,
  type RoomClock,
  USABLE_AFTER,
} from "@/features/player/engine/clock";
import type { ClockAnswer, ClockProbe } from "@/types/frames.gen";

/** A timer this late means that the machine slept, or that nobody looked at the tab for long. */
const SLEPT_MS = 15_000;
/** performance.now stands still while some machines sleep; the calendar goes on. Less than this is its being set right. */
const STOOD_STILL_MS = 500;
/** So many probes in a row without an answer: the line is dead, whatever the browser thinks. */
const SILENT_PROBES = 3;
/** The estimate started over: learn fast, but on a path that keeps changing not so often that the server minds. */
const RELEARN_EVERY_MS = 20_000;

const calendarAheadMs = (): number => Date.now() - performance.now();

export class ClockProbes {
  private sent = 0;
  private answered = 0;
  private timer: number | undefined;
  private lastMs = performance.now();
  private aheadMs = calendarAheadMs();
  /** Probes of the burst that are still to be sent. */
  private left = 0;
  private burstMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: RoomClock,
    private readonly send: (probe: ClockProbe) => boolean,
    private readonly onSilence: () => void,
  ) {}

  /** A connection opened: the path may be another one. */
  begin(): void {
    this.answered = this.sent;
    window.addEventListener("online", this.onOnline);
    document.addEventListener("visibilitychange", this.onVisibility);
    this.startOver({ mayStep: this.hasStoodStill() });
  }

  /** The server is known to tell the time from now on: what it did not answer before is asked again. */
  catchUp(): void {
    if (this.left === 0 && this.clock.probes < USABLE_AFTER) this.burst(PROBE_BURST);
  }

  stop(): void {
    window.clearTimeout(this.timer);
    window.removeEventListener("online", this.onOnline);
    document.removeEventListener("visibilitychange", this.onVisibility);
  }

  answer({ c, r, x }: ClockAnswer): void {
    this.answered = this.sent;
    const hasChanged = this.clock.add({ c, r, x, d: performance.now() });
    if (hasChanged && performance.now() - this.burstMs > RELEARN_EVERY_MS) this.burst(PROBE_BURST);
    // A server that has just started answers only when it knows the time itself, and may have missed most of a burst.
    else if (this.left === 0 && this.clock.probes < USABLE_AFTER) this.burst(USABLE_AFTER);
  }

  private readonly onOnline = (): void => this.startOver({ mayStep: this.hasStoodStill() });

  private readonly onVisibility = (): void => {
    if (!document.hidden && (this.hasStoodStill() || this.isLate())) this.startOver({ mayStep: this.hasStoodStill() });
  };

  private startOver({ mayStep }: { mayStep: boolean }): void {
    this.clock.restart({ mayStep });
    this.burst(PROBE_BURST);
  }

  private hasStoodStill(): boolean {
    return Math.abs(calendarAheadMs() - this.aheadMs) > STOOD_STILL_MS;
  }

  private isLate(): boolean {
    return performance.now() - this.lastMs > SLEPT_MS;
  }

  private burst(left: number): void {
    window.clearTimeout(this.timer);
    this.left = left - 1;
    if (left === PROBE_BURST) this.burstMs = performance.now();
    this.probe();
    const { min, max } = PROBE_BURST_SPACING_MS;
    const delay = left > 1 ? min + Math.random() * (max - min) : PROBE_INTERVAL_MS;
    this.timer = window.setTimeout(() => (left > 1 ? this.burst(left - 1) : this.keepUp()), delay);
  }

  /** Timers of a hidden tab are late by nature; only its coming back says that it was away. */
  private keepUp(): void {
    const hasSlept = this.hasStoodStill() || (this.isLate() && !document.hidden);
    if (this.sent - this.answered >= SILENT_PROBES) this.onSilence();
    else if (hasSlept) this.startOver({ mayStep: true });
    else this.burst(1);
  }

  private probe(): void {
    this.lastMs = performance.now();
    this.aheadMs = calendarAheadMs();
    if (this.send({ t: "clk", n: this.sent, c: performance.now() })) this.sent += 1;
  }
}
