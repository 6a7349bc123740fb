import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RoomClock } from "@/features/player/engine/clock";
import type { SyncController } from "@/features/player/engine/sync-controller";
import type { Ready, Status, TimelineBody } from "@/types/frames.gen";
import { createRoomStore, type RoomStore } from "./room-store";
import { StatusReports } from "./status-reports";
import { setWaitedFor } from "./wait-for-me";

const ROOM_NOW = 1_800_000_000_000;
const start: TimelineBody = {
  rev: 7,
  epoch: 1,
  item: "film",
  position_ms: 60_000,
  rate: 1,
  at_ms: ROOM_NOW + 120,
  playing: true,
  duration_ms: 600_000,
  cause: "seek",
  by: "bob",
  wait: null,
};
const held: TimelineBody = {
  ...start,
  rev: 8,
  playing: false,
  cause: "wait",
  wait: { bid: "7", for: ["alice"], until_ms: ROOM_NOW + 20_000, why: "seek" },
};

let store: RoomStore;
let sent: (Status | Ready)[];
let reports: StatusReports;
let video: HTMLVideoElement;
const film = { duration: 600, currentTime: 0, readyState: 4, seeking: false, ranges: [] as [number, number][] };

function show(over: Partial<typeof film>): void {
  Object.assign(film, { duration: 600, currentTime: 0, readyState: 4, seeking: false, ranges: [] }, over);
}

function follow(timeline: TimelineBody): void {
  store.setState({ timeline });
  reports.answerBarrier();
}

const answers = (): Ready[] => sent.filter((frame) => frame.t === "ready");

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  setWaitedFor(true);
  store = createRoomStore();
  store.setState({ you: { id: "alice", name: "Alice", role: "member", guest: false, can: [] }, timeline: start });
  sent = [];
  const clock = { at: () => ROOM_NOW, rttMs: 40, jitterMs: 2 } as unknown as RoomClock;
  reports = new StatusReports(clock, store, (frame) => sent.push(frame) > 0);
  video = document.createElement("video");
  for (const name of ["duration", "currentTime", "readyState", "seeking"] as const) {
    Object.defineProperty(video, name, { get: () => film[name] });
  }
  const buffered = (): TimeRanges => ({
    length: film.ranges.length,
    start: (i) => film.ranges[i]?.[0] ?? 0,
    end: (i) => film.ranges[i]?.[1] ?? 0,
  });
  Object.defineProperty(video, "buffered", { get: buffered });
  const controller = { status: () => ({ error: 0.01, isStalled: false }) } as unknown as SyncController;
  reports.watch(video, controller);
  show({});
});

afterEach(() => {
  reports.unwatch();
  vi.useRealTimers();
});

describe("a start that was just scheduled", () => {
  it("is fine with whoever has the film there, also behind them", () => {
    show({ currentTime: 300, ranges: [[40, 330]] });
    follow(start);
    expect(answers()).toEqual([]);
  });

  it("at the very beginning is fine, though the first picture comes a little late", () => {
    show({ ranges: [[0.083, 30]] });
    follow({ ...start, position_ms: 0, cause: "play" });
    expect(answers()).toEqual([]);
  });

  it.each([
    ["has nothing there", { ranges: [[100, 130]] as [number, number][] }],
    ["has next to nothing there", { ranges: [[40, 60.8]] as [number, number][] }],
  ])("is held up once by whoever %s", (_name, shown) => {
    show(shown);
    follow(start);
    reports.answerBarrier();
    expect(answers()).toEqual([{ t: "ready", bid: "7", ok: false }]);
  });

  it("is held up by whoever has no film at all yet", () => {
    reports.unwatch();
    follow(start);
    expect(answers()).toEqual([{ t: "ready", bid: "7", ok: false }]);
  });

  it("of another film waits until that film is the one on screen", () => {
    show({ ranges: [[0, 600]] });
    follow({ ...start, item: "other", cause: "seek", position_ms: 0 });
    expect(answers()).toEqual([{ t: "ready", bid: "7", ok: false }]);
  });

  it.each([
    ["at the end of the film", { ...start, position_ms: 599_500 }, [[590, 600]] as [number, number][]],
    ["that is long past", { ...start, at_ms: ROOM_NOW - 5_000 }, []],
    ["that goes on after a wait", { ...start, cause: "resume" as const }, []],
    ["of nothing, while the room is paused", { ...start, playing: false }, []],
  ])("%s is held up by nobody", (_name, timeline, ranges) => {
    show({ ranges });
    follow(timeline);
    expect(answers()).toEqual([]);
  });
});

describe("a room that waits for this page", () => {
  it("hears once when the picture is there with two seconds of film", () => {
    show({ currentTime: 60, ranges: [[60, 61.5]], readyState: 4 });
    follow(held);
    expect(answers()).toEqual([]);
    show({ currentTime: 60, ranges: [[60, 64]], seeking: true });
    vi.advanceTimersByTime(250);
    show({ currentTime: 42, ranges: [[40, 64]] });
    vi.advanceTimersByTime(250);
    expect(answers(), "it is still elsewhere").toEqual([]);
    show({ currentTime: 60, ranges: [[60, 64]] });
    vi.advanceTimersByTime(1_000);
    expect(answers()).toEqual([{ t: "ready", bid: "7", ok: true }]);
  });

  it("is said again after a new welcome, for the word may have been lost with the line", () => {
    follow(held);
    show({ currentTime: 60, ranges: [[60, 70]] });
    vi.advanceTimersByTime(1_000);
    expect(answers()).toHaveLength(1);
    reports.forgetAnswer();
    vi.advanceTimersByTime(1_000);
    expect(answers()).toEqual(Array(2).fill({ t: "ready", bid: "7", ok: true }));
  });

  it("hears nothing from pages that it does not wait for", () => {
    show({ currentTime: 60, ranges: [[60, 90]] });
    follow({ ...held, wait: { bid: "7", for: ["bob"], until_ms: ROOM_NOW, why: "seek" } });
    expect(answers()).toEqual([]);
  });
});

describe("whoever need not be waited for", () => {
  it("says so at once and in every report, and this device remembers it", () => {
    reports.report();
    setWaitedFor(false);
    expect(sent.map((frame) => frame.t === "st" && frame.nowait)).toEqual([false, true]);
    expect(localStorage.getItem("matinee.wait-for-me")).toBe("no");
    setWaitedFor(true);
    expect(localStorage.getItem("matinee.wait-for-me")).toBeNull();
  });
});
