/**
 * Tells the room how this member's film is doing: every five seconds, when something changes, before a start that it
 * cannot take part in, and when the room waits.
 * Invariant: it only reads the element.
 */
import type { RoomClock } from "@/features/player/engine/clock";
import type { SyncController } from "@/features/player/engine/sync-controller";
import type { Ready, Status, TimelineBody } from "@/types/frames.gen";
import { filmAhead } from "./film-ahead";
import type { RoomStore } from "./room-store";
import { waitForMe } from "./wait-for-me";

const REPORT_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 250;
/** So much film in hand counts as ready to go on. */
const READY_BUFFER_S = 2;
/** With less than this where a start is scheduled, this page cannot take part in it. */
const START_BUFFER_S = 1;
/** A page that hears later of a start finds the film going on. */
const START_HEARD_MS = 1_000;
const NEARBY_S = 0.5;
const STARTS: ReadonlySet<TimelineBody["cause"]> = new Set(["play", "together", "seek", "undo", "item"]);
const CHANGES = ["waiting", "playing"] as const;

export class StatusReports {
  private video: HTMLVideoElement | null = null;
  private controller: SyncController | null = null;
  private timers: number[] = [];
  private answeredBid: string | null = null;
  private judged: TimelineBody | null = null;
  /** The room's item when the element came: it shows that film. */
  private item: string | null = null;
  private unsubscribe: (() => void) | null = null;

  constructor(
    private readonly clock: RoomClock,
    private readonly store: RoomStore,
    private readonly send: (frame: Status | Ready) => boolean,
  ) {}

  watch(video: HTMLVideoElement, controller: SyncController): void {
    this.video = video;
    this.controller = controller;
    this.item = this.store.getState().timeline?.item ?? null;
    this.unsubscribe = waitForMe.subscribe(this.report);
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
    this.unsubscribe?.();
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
      buf: filmAhead(this.video, this.video.currentTime),
      stall: isStalled,
      rate: Math.min(Math.max(this.video.playbackRate, 0.25), 4),
      level: this.video.videoHeight || null,
      rtt: Math.min(this.clock.rttMs, 60_000),
      jitter: Math.min(this.clock.jitterMs, 60_000),
      vis: document.visibilityState === "visible",
      seeks,
      nowait: !waitForMe.getState().isWaitedFor,
    });
  };

  /** What was said on the last connection may be lost with it. */
  forgetAnswer(): void {
    this.answeredBid = null;
  }

  /** Not ready for a start: say so before it. The room stands still for us: say so once there is enough to go on. */
  answerBarrier(): void {
    const { timeline, you } = this.store.getState();
    if (timeline === null || you === null) return;
    const { wait } = timeline;
    if (!wait) this.judgeStart(timeline);
    else if (wait.for.includes(you.id) && wait.bid !== this.answeredBid && this.isReadyFor(timeline)) {
      if (this.send({ t: "ready", bid: wait.bid, ok: true })) this.answeredBid = wait.bid;
    }
  }

  private judgeStart(timeline: TimelineBody): void {
    const roomNow = this.clock.at(performance.now());
    if (timeline === this.judged || roomNow === null) return;
    this.judged = timeline;
    const isScheduled = timeline.playing && STARTS.has(timeline.cause) && roomNow - timeline.at_ms < START_HEARD_MS;
    if (!isScheduled || this.covers(timeline, START_BUFFER_S)) return;
    this.send({ t: "ready", bid: String(timeline.rev), ok: false });
  }

  private isReadyFor(timeline: TimelineBody): boolean {
    const { video } = this;
    if (video === null || video.seeking || video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return false;
    const isThere = Math.abs(video.currentTime - timeline.position_ms / 1000) < NEARBY_S;
    return isThere && this.covers(timeline, READY_BUFFER_S);
  }

  /** Whether the room's film is here from where the room is, for so many seconds or to its end. */
  private covers(timeline: TimelineBody, neededS: number): boolean {
    const { video, item } = this;
    if (video === null || (item !== null && item !== timeline.item)) return false;
    const position = timeline.position_ms / 1000;
    const leftS = Number.isFinite(video.duration) ? Math.max(0, video.duration - position - 0.1) : neededS;
    return filmAhead(video, position) >= Math.min(neededS, leftS);
  }
}
