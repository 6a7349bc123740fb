/**
 * Feeds the room clock: a burst of probes on every connection, then one every five seconds.
 * Invariant: an answer counts only for a probe of the present connection.
 */
import { PROBE_BURST, PROBE_BURST_SPACING_MS, PROBE_INTERVAL_MS, type RoomClock } from "@/features/player/engine/clock";
import type { ClockAnswer, ClockProbe } from "@/types/frames.gen";

/** A timer this late means that the machine or the tab slept, and its clock may have stood still. */
const SLEPT_MS = 15_000;
/** So many probes in a row without an answer: the line is dead, whatever the browser thinks. */
const SILENT_PROBES = 3;

export class ClockProbes {
  private sent = 0;
  private answered = 0;
  private timer: number | undefined;
  private lastMs = performance.now();

  constructor(
    private readonly clock: RoomClock,
    private readonly send: (probe: ClockProbe) => boolean,
    private readonly onSilence: () => void,
  ) {}

  /** A connection opened: the path may be another one. */
  begin(): void {
    this.clock.restart({ mayStep: false });
    this.answered = this.sent;
    window.clearTimeout(this.timer);
    this.burst(PROBE_BURST);
  }

  stop(): void {
    window.clearTimeout(this.timer);
  }

  answer({ c, r, x }: ClockAnswer): void {
    this.answered = this.sent;
    this.clock.add({ c, r, x, d: performance.now() });
  }

  private burst(left: number): void {
    this.probe();
    const { min, max } = PROBE_BURST_SPACING_MS;
    const delay = left > 1 ? min + Math.random() * (max - min) : PROBE_INTERVAL_MS;
    this.timer = window.setTimeout(() => (left > 1 ? this.burst(left - 1) : this.keepUp()), delay);
  }

  private keepUp(): void {
    const hasSlept = performance.now() - this.lastMs > SLEPT_MS;
    if (this.sent - this.answered >= SILENT_PROBES) {
      this.onSilence();
    } else if (hasSlept) {
      this.clock.restart({ mayStep: true });
      this.burst(PROBE_BURST);
    } else {
      this.burst(1);
    }
  }

  private probe(): void {
    this.lastMs = performance.now();
    if (this.send({ t: "clk", n: this.sent, c: performance.now() })) this.sent += 1;
  }
}
