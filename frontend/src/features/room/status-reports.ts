/**
 * Tells the room how this member's film is doing: every five seconds, when something changes, and when the room waits.
 * Invariant: it only reads the element.
 */
import type { RoomClock } from "@/features/player/engine/clock";
import type { SyncController } from "@/features/player/engine/sync-controller";
import type { Ready, Status } from "@/types/frames.gen";
import type { RoomStore } from "./room-store";

const REPORT_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 250;
/** So much film in hand counts as ready to go on. */
const READY_BUFFER_S = 2;
const CHANGES = ["waiting", "playing"] as const;

export class StatusReports {
  private video: HTMLVideoElement | null = null;
  private controller: SyncController | null = null;
  private timers: number[] = [];
  private answeredBid: string | null = null;

  constructor(
    private readonly clock: RoomClock,
    private readonly store: RoomStore,
    private readonly send: (frame: Status | Ready) => boolean,
  ) {}

  watch(video: HTMLVideoElement, controller: SyncController): void {
    this.video = video;
    this.controller = controller;
    this.timers = [
      window.setInterval(this.report, REPORT_EVERY_MS),
      window.setInterval(() => this.answerBarrier(), LOOK_EVERY_MS),
    ];
    for (const change of CHANGES) video.addEventListener(change, this.report);
    document.addEventListener("visibilitychange", this.report);
  }

  unwatch(): void {
    for (const timer of this.timers) window.clearInterval(timer);
    for (const change of CHANGES) this.video?.removeEventListener(change, this.report);
    document.removeEventListener("visibilitychange", this.report);
    this.video = null;
    this.controller = null;
  }

  readonly report = (): void => {
    const { timeline } = this.store.getState();
    if (this.video === null || this.controller === null || timeline === null) return;
    const { error, isStalled, seeks } = this.controller.status();
    this.send({
      t: "st",
      rev: timeline.rev,
      e: error,
      buf: this.bufferAhead(),
      stall: isStalled,
      rate: Math.min(Math.max(this.video.playbackRate, 0.25), 4),
      level: this.video.videoHeight || null,
      rtt: Math.min(this.clock.rttMs, 60_000),
      jitter: Math.min(this.clock.jitterMs, 60_000),
      vis: document.visibilityState === "visible",
      seeks,
    });
  };

  /** The room stands still for us: say so once as soon as there is enough to go on. */
  answerBarrier(): void {
    const { timeline, you } = this.store.getState();
    const wait = timeline?.wait;
    if (!wait || you === null || !wait.for.includes(you.id) || wait.bid === this.answeredBid || !this.isReady()) return;
    if (this.send({ t: "ready", bid: wait.bid, ok: true })) this.answeredBid = wait.bid;
  }

  private isReady(): boolean {
    const { video } = this;
    if (video === null || video.seeking || video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return false;
    return this.bufferAhead() >= Math.min(READY_BUFFER_S, Math.max(0, video.duration - video.currentTime - 0.1));
  }

  private bufferAhead(): number {
    const { video } = this;
    if (video === null) return 0;
    for (let i = 0; i < video.buffered.length; i += 1) {
      const end = video.buffered.end(i);
      if (video.buffered.start(i) <= video.currentTime && video.currentTime <= end) return end - video.currentTime;
    }
    return 0;
  }
}
