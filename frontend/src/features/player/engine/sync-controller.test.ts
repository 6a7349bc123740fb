import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TimelineBody } from "@/types/frames.gen";
import { RoomClock } from "./clock";
import { SyncController } from "./sync-controller";

const EPOCH = 1_800_000_000_000;

/** A media element that plays in fake time: it starts, jumps and shows frames with lags of its own. */
class FakeVideo {
  readyState = 4;
  paused = true;
  seeking = false;
  ended = false;
  playbackRate = 1;
  jumps = 0;
  startLagMs = 0;
  jumpLagMs = 0;
  refusesToPlay = false;
  private position = 0;
  private movesFromMs = Number.POSITIVE_INFINITY;
  private atMs = performance.now();
  private readonly frames: number;
  private onFrame: VideoFrameRequestCallback | null = null;

  constructor() {
    this.frames = window.setInterval(() => this.present(), 20);
  }

  get currentTime(): number {
    this.run();
    return this.position;
  }

  set currentTime(position: number) {
    this.run();
    this.position = position;
    this.jumps += 1;
    this.seeking = true;
    this.movesFromMs = performance.now() + this.jumpLagMs;
    window.setTimeout(() => {
      this.seeking = false;
    }, this.jumpLagMs);
  }

  play(): Promise<void> {
    if (this.refusesToPlay) return Promise.reject(new DOMException("no gesture", "NotAllowedError"));
    this.run();
    this.paused = false;
    this.movesFromMs = Math.max(this.seeking ? this.movesFromMs : 0, performance.now() + this.startLagMs);
    return Promise.resolve();
  }

  pause(): void {
    this.run();
    this.paused = true;
  }

  /** The picture stands still for a while, and nothing says so. */
  halt(ms: number): void {
    this.run();
    this.movesFromMs = performance.now() + ms;
  }

  /** The film is that many seconds farther than it says it came. */
  slip(seconds: number): void {
    this.position += seconds;
  }

  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    this.onFrame = callback;
    return 1;
  }

  cancelVideoFrameCallback(): void {
    this.onFrame = null;
  }

  stop(): void {
    window.clearInterval(this.frames);
  }

  private run(): void {
    const nowMs = performance.now();
    const fromMs = Math.max(this.atMs, this.movesFromMs);
    if (!this.paused && nowMs > fromMs) this.position += ((nowMs - fromMs) / 1000) * this.playbackRate;
    this.atMs = nowMs;
  }

  private present(): void {
    if (this.paused || this.seeking || isHidden || performance.now() < this.movesFromMs) return;
    const callback = this.onFrame;
    this.onFrame = null;
    const nowMs = performance.now();
    const metadata = { mediaTime: this.currentTime, expectedDisplayTime: nowMs };
    callback?.(nowMs, metadata as VideoFrameCallbackMetadata);
  }
}

const timeline = (over: Partial<TimelineBody>): TimelineBody => ({
  rev: 1,
  epoch: 1,
  item: "film",
  position_ms: 0,
  rate: 1,
  at_ms: EPOCH,
  playing: false,
  duration_ms: 600_000,
  cause: "created",
  by: null,
  wait: null,
  ...over,
});

let isHidden = false;
let video: FakeVideo;
let clock: RoomClock;
let controller: SyncController;
const onBlocked = vi.fn();
const onStruggling = vi.fn();

const roomNow = (): number => EPOCH + performance.now();
const errorNow = (given: TimelineBody): number =>
  video.currentTime - (given.position_ms + Math.max(0, roomNow() - given.at_ms) * given.rate) / 1000;

function learnClock(wrongByMs = 0): void {
  const now = performance.now();
  const room = roomNow() + wrongByMs;
  for (let n = 0; n < 4; n += 1) clock.add({ c: now, r: room, x: room, d: now });
  clock.advance(now, { isPlaying: false });
}

function show(hidden: boolean): void {
  isHidden = hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  isHidden = false;
  vi.spyOn(document, "hidden", "get").mockImplementation(() => isHidden);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  onBlocked.mockClear();
  onStruggling.mockClear();
  video = new FakeVideo();
  clock = new RoomClock();
  controller = new SyncController(video as unknown as HTMLVideoElement, clock, { onBlocked, onStruggling });
  vi.advanceTimersByTime(1_000);
});

afterEach(() => {
  controller.destroy();
  video.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("starting", () => {
  it("waits for the clock, then for the time that was agreed", () => {
    const start = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() + 300 });
    controller.follow(start);
    vi.advanceTimersByTime(100);
    expect(video.paused).toBe(true);
    learnClock();
    vi.advanceTimersByTime(110);
    expect(video.paused).toBe(true);
    vi.advanceTimersByTime(500);
    expect(video.paused).toBe(false);
    expect(Math.abs(errorNow(start))).toBeLessThan(0.1);
  });

  it("learns its own start lag and starts that much earlier", () => {
    learnClock();
    video.startLagMs = 180;
    let rev = 1;
    const pauseAndPlay = (): TimelineBody => {
      const here = Math.round(video.currentTime * 1000);
      controller.follow(timeline({ rev: ++rev, position_ms: here, cause: "pause", at_ms: roomNow() }));
      vi.advanceTimersByTime(500);
      const at = roomNow() + 300;
      const start = timeline({ rev: ++rev, position_ms: here, playing: true, cause: "play", at_ms: at });
      controller.follow(start);
      vi.advanceTimersByTime(400);
      return start;
    };
    for (let n = 0; n < 12; n += 1) {
      pauseAndPlay();
      vi.advanceTimersByTime(500);
    }
    expect(controller.status().startLagMs).toBeGreaterThan(150);
    expect(Math.abs(errorNow(pauseAndPlay()))).toBeLessThan(0.04);
  });

  it("knows that a start after a jump takes longer than one from where it rested", () => {
    learnClock();
    let rev = 1;
    const pauseAndPlay = (positionMs: number): TimelineBody => {
      controller.follow(timeline({ rev: ++rev, position_ms: positionMs, cause: "pause", at_ms: roomNow() }));
      video.startLagMs = video.seeking ? 140 : 10;
      vi.advanceTimersByTime(500);
      const at = roomNow() + 300;
      const start = timeline({ rev: ++rev, position_ms: positionMs, playing: true, cause: "play", at_ms: at });
      controller.follow(start);
      vi.advanceTimersByTime(400);
      return start;
    };
    let start = pauseAndPlay(30_000);
    for (let n = 0; n < 10; n += 1) {
      start = pauseAndPlay(n % 2 === 0 ? Math.round(video.currentTime * 1000) : 30_000 * n);
      vi.advanceTimersByTime(900);
    }
    start = pauseAndPlay(20_000);
    expect(Math.abs(errorNow(start))).toBeLessThan(0.02);
    start = pauseAndPlay(Math.round(video.currentTime * 1000));
    expect(Math.abs(errorNow(start))).toBeLessThan(0.02);
  });

  it("joins a film that has been running, with one jump", () => {
    learnClock();
    video.jumpLagMs = 150;
    const running = timeline({ rev: 9, position_ms: 60_000, playing: true, cause: "play", at_ms: roomNow() - 20_000 });
    controller.follow(running);
    vi.advanceTimersByTime(8_000);
    expect(video.jumps).toBe(1);
    expect(Math.abs(errorNow(running))).toBeLessThan(0.03);
  });

  it("says so when the browser wants a gesture, and starts after it", async () => {
    learnClock();
    video.refusesToPlay = true;
    const running = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() });
    controller.follow(running);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(onBlocked.mock.calls).toEqual([[true]]);
    video.refusesToPlay = false;
    controller.unblock();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(Math.abs(errorNow(running))).toBeLessThan(0.03);
  });
});

describe("a gesture somewhere else on the page", () => {
  it("lets the next start through, and the page hears that nothing is in the way any more", async () => {
    learnClock();
    video.refusesToPlay = true;
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() }));
    await vi.advanceTimersByTimeAsync(1_000);
    video.refusesToPlay = false;
    controller.follow(timeline({ rev: 3, cause: "pause", at_ms: roomNow() }));
    controller.follow(timeline({ rev: 4, playing: true, cause: "play", at_ms: roomNow() }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(video.paused).toBe(false);
    expect(onBlocked.mock.calls).toEqual([[true], [false]]);
  });
});

describe("pausing", () => {
  it("plays on until the agreed time and rests where everybody rests, without going back", () => {
    learnClock();
    const running = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() });
    controller.follow(running);
    vi.advanceTimersByTime(5_000);
    const jumps = video.jumps;
    const at = roomNow() + 200;
    controller.follow(timeline({ rev: 3, position_ms: at - running.at_ms, at_ms: at, cause: "pause" }));
    vi.advanceTimersByTime(150);
    expect(video.paused).toBe(false);
    vi.advanceTimersByTime(200);
    expect(video.paused).toBe(true);
    expect(video.jumps).toBe(jumps);
    expect(Math.abs(video.currentTime - (at - running.at_ms) / 1000)).toBeLessThan(0.05);
  });

  it.each([
    ["before", 5_210],
    ["behind", 5_190],
  ])("rests a little %s the place and starts so much beside the time, without a jump", (_, positionMs) => {
    learnClock();
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() }));
    vi.advanceTimersByTime(5_000);
    const rest = timeline({ rev: 3, position_ms: positionMs, at_ms: roomNow() + 200, cause: "pause" });
    controller.follow(rest);
    vi.advanceTimersByTime(1_000);
    const [jumps, lagMs] = [video.jumps, controller.status().startLagMs];
    expect(Math.abs(video.currentTime - positionMs / 1000)).toBeGreaterThan(0.005);
    const start = timeline({ ...rest, rev: 4, playing: true, cause: "play", at_ms: roomNow() + 200 });
    controller.follow(start);
    vi.advanceTimersByTime(300);
    expect(video.jumps).toBe(jumps);
    expect(Math.abs(errorNow(start) - lagMs / 1000)).toBeLessThan(0.005);
  });
});

describe("a clock that turns out to be wrong", () => {
  it("is no reason to start at another time", () => {
    learnClock(-60_000);
    const start = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() + 300 });
    controller.follow(start);
    learnClock();
    vi.advanceTimersByTime(5_000);
    expect(video.paused).toBe(false);
    expect(Math.abs(errorNow(start))).toBeLessThan(0.05);
  });
});

describe("a pause that comes late", () => {
  it.each([1, 2])("shows a few pictures more, and the next start makes up for them, at speed %d", (rate) => {
    learnClock();
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow(), rate }));
    vi.advanceTimersByTime(5_000);
    const jumps = video.jumps;
    const lateMs = 100 / rate;
    const position_ms = 5_000 * rate - 100;
    const rest = timeline({ rev: 3, position_ms, at_ms: roomNow() - lateMs, cause: "pause", rate });
    controller.follow(rest);
    vi.advanceTimersByTime(1_000);
    expect([video.paused, video.jumps]).toEqual([true, jumps]);
    const start = timeline({ ...rest, rev: 4, playing: true, cause: "play", at_ms: roomNow() + 200 });
    controller.follow(start);
    vi.advanceTimersByTime(500);
    expect(Math.abs(errorNow(start)) / rate).toBeLessThan(0.05);
    expect(video.jumps).toBe(jumps);
  });

  it("excuses nobody who was beside the room before", () => {
    learnClock();
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() }));
    vi.advanceTimersByTime(5_000);
    video.slip(0.08);
    const position = roomNow() + 100 - EPOCH - 1_000;
    controller.follow(timeline({ rev: 3, position_ms: position, at_ms: roomNow() + 100, cause: "pause" }));
    vi.advanceTimersByTime(1_000);
    expect(video.currentTime).toBeCloseTo(position / 1000, 3);
  });

  it("and is overtaken by a start leaves everybody standing until that", () => {
    learnClock();
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() }));
    vi.advanceTimersByTime(5_000);
    const at = roomNow() + 100;
    const position = at - EPOCH - 1_000;
    controller.follow(timeline({ rev: 3, position_ms: position, at_ms: at, cause: "wait" }));
    vi.advanceTimersByTime(90);
    const start = timeline({ rev: 4, position_ms: position, playing: true, cause: "resume", at_ms: at + 300 });
    controller.follow(start);
    expect(video.paused).toBe(true);
    vi.advanceTimersByTime(600);
    expect(video.paused).toBe(false);
    expect(Math.abs(errorNow(start))).toBeLessThan(0.05);
  });
});

describe("another speed", () => {
  it.each([
    [1, 2],
    [2, 0.5],
  ])("from %d to %d is taken by everybody at the same moment, without a jump", (from, to) => {
    learnClock();
    const begun = timeline({ rev: 2, rate: from, playing: true, cause: "play", at_ms: roomNow() });
    controller.follow(begun);
    vi.advanceTimersByTime(5_000);
    const jumps = video.jumps;
    const at = roomNow() + 400;
    const position = (at - begun.at_ms) * from;
    const next = timeline({ rev: 3, rate: to, position_ms: position, playing: true, cause: "rate", at_ms: at });
    controller.follow(next);
    vi.advanceTimersByTime(380);
    expect(video.playbackRate / from).toBeCloseTo(1, 1);
    vi.advanceTimersByTime(40);
    expect(video.playbackRate).toBe(to);
    vi.advanceTimersByTime(1_000);
    expect(Math.abs(errorNow(next))).toBeLessThan(0.05);
    expect([video.paused, video.jumps]).toEqual([false, jumps]);
  });
});

describe("a tick before the timer of a start", () => {
  it("starts the film once", () => {
    learnClock();
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() + 300 }));
    const play = vi.spyOn(video, "play");
    const late = vi.spyOn(performance, "now");
    const dueMs = performance.now() + 300;
    document.dispatchEvent(new Event("visibilitychange"));
    expect(play).not.toHaveBeenCalled();
    late.mockReturnValue(dueMs + 50);
    document.dispatchEvent(new Event("visibilitychange"));
    late.mockRestore();
    vi.advanceTimersByTime(1_000);
    expect(play).toHaveBeenCalledTimes(1);
  });
});

describe("seeking", () => {
  it("moves a paused picture at once", () => {
    learnClock();
    controller.follow(timeline({ rev: 2, position_ms: 90_000, cause: "seek", at_ms: roomNow() }));
    expect(video.currentTime).toBe(90);
    expect(video.paused).toBe(true);
  });

  it("is in step soon after a jump while playing", () => {
    learnClock();
    video.jumpLagMs = 250;
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() }));
    vi.advanceTimersByTime(3_000);
    const moved = timeline({ rev: 3, position_ms: 300_000, playing: true, cause: "seek", at_ms: roomNow() + 100 });
    controller.follow(moved);
    vi.advanceTimersByTime(6_000);
    expect(video.jumps).toBe(1);
    expect(Math.abs(errorNow(moved))).toBeLessThan(0.03);
  });
});

describe("following", () => {
  it("ignores frames that come late or twice", () => {
    learnClock();
    controller.follow(timeline({ rev: 5, playing: true, cause: "play", at_ms: roomNow() }));
    controller.follow(timeline({ rev: 4, cause: "pause", at_ms: roomNow() }));
    controller.follow(timeline({ rev: 5, cause: "pause", at_ms: roomNow() }));
    vi.advanceTimersByTime(2_000);
    expect(video.paused).toBe(false);
  });

  it("steers a small error away without a jump", () => {
    learnClock();
    const running = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() - 300 });
    controller.follow(running);
    vi.advanceTimersByTime(12_000);
    expect(video.jumps).toBe(0);
    expect(Math.abs(errorNow(running))).toBeLessThan(0.03);
    expect(video.playbackRate).toBe(1);
  });

  it("starts an element again that stopped by itself", () => {
    learnClock();
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() }));
    vi.advanceTimersByTime(3_000);
    video.pause();
    vi.advanceTimersByTime(1_500);
    expect(video.paused).toBe(false);
  });

  it("follows the room's own speed", () => {
    learnClock();
    const fast = timeline({ rev: 2, playing: true, rate: 1.5, cause: "rate", at_ms: roomNow() });
    controller.follow(fast);
    vi.advanceTimersByTime(10_000);
    expect(Math.abs(errorNow(fast))).toBeLessThan(0.03);
    expect(Math.abs(video.playbackRate - 1.5)).toBeLessThan(0.05);
  });

  it("leaves the film alone after its end", () => {
    learnClock();
    controller.follow(timeline({ rev: 2, position_ms: 599_000, playing: true, cause: "seek", at_ms: roomNow() }));
    vi.advanceTimersByTime(1_500);
    const { jumps } = video;
    vi.advanceTimersByTime(30_000);
    expect(video.jumps).toBe(jumps);
  });
});

describe("a device's own timing", () => {
  it("brings a film whose sound is late that much ahead of the room", () => {
    learnClock();
    controller.adjust({ isSameRoom: false, outputDelayMs: 180 });
    const running = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() + 300 });
    controller.follow(running);
    vi.advanceTimersByTime(6_000);
    expect(Math.abs(errorNow(running) - 0.18)).toBeLessThan(0.03);
    expect(video.jumps).toBe(0);
  });

  it("is followed without a jump when it changes", () => {
    learnClock();
    const running = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() });
    controller.follow(running);
    vi.advanceTimersByTime(6_000);
    controller.adjust({ isSameRoom: false, outputDelayMs: -300 });
    vi.advanceTimersByTime(10_000);
    expect(Math.abs(errorNow(running) + 0.3)).toBeLessThan(0.03);
    expect(video.jumps).toBe(0);
  });

  it("keeps screens in one room closer together", () => {
    learnClock();
    controller.adjust({ isSameRoom: true, outputDelayMs: 0 });
    const running = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() - 25 });
    controller.follow(running);
    vi.advanceTimersByTime(5_000);
    expect(Math.abs(errorNow(running))).toBeLessThanOrEqual(0.012);
  });
});

describe("a tab out of sight", () => {
  let wake: () => void = () => undefined;

  /** Chromium wakes a hidden tab's timers once a second, later once a minute; the film plays on in between. */
  function wakeEvery(ms: number, times: number): void {
    for (let n = 0; n < times; n += 1) {
      vi.advanceTimersByTime(ms);
      wake();
    }
  }

  beforeEach(() => {
    controller.destroy();
    const timer = vi.spyOn(window, "setInterval").mockImplementation((tick) => {
      wake = tick as () => void;
      return 0 as unknown as ReturnType<typeof setInterval>;
    });
    controller = new SyncController(video as unknown as HTMLVideoElement, clock, { onBlocked, onStruggling });
    timer.mockRestore();
    learnClock();
  });

  it("keeps to the room with timers that come once a second", () => {
    const running = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() - 400 });
    controller.follow(running);
    wakeEvery(100, 10);
    show(true);
    wakeEvery(1_000, 40);
    expect(Math.abs(errorNow(running))).toBeLessThan(0.04);
    expect(video.jumps).toBe(0);
  });

  it("takes no correction into the dark, where it could run for a minute", () => {
    controller.follow(timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() - 450 }));
    wakeEvery(100, 15);
    expect(video.playbackRate).not.toBe(1);
    show(true);
    expect(video.playbackRate).toBe(1);
  });

  it("is put right without a jump when it is seen again less than a second off", () => {
    const running = timeline({ rev: 2, playing: true, cause: "play", at_ms: roomNow() });
    controller.follow(running);
    wakeEvery(100, 30);
    show(true);
    video.halt(800);
    wakeEvery(60_000, 1);
    show(false);
    expect(Math.abs(errorNow(running))).toBeGreaterThan(0.7);
    wakeEvery(100, 120);
    expect(video.jumps).toBe(0);
    expect(Math.abs(errorNow(running))).toBeLessThan(0.03);
  });
});
