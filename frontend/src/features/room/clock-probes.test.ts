import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PROBE_BURST, PROBE_INTERVAL_MS, RoomClock } from "@/features/player/engine/clock";
import type { ClockProbe } from "@/types/frames.gen";
import { ClockProbes } from "./clock-probes";

const ROOM_AHEAD_MS = 1_000_000;
const BURST_LASTS_MS = 2_000;

let sent: ClockProbe[];
let isAnswered: boolean;
let oneWayMs: number;
let roomAheadMs: number;
let isHidden: boolean;
let clock: RoomClock;
let probes: ClockProbes;
const onSilence = vi.fn();

function onProbe(probe: ClockProbe): boolean {
  sent.push(probe);
  if (!isAnswered) return true;
  const r = performance.now() + oneWayMs + roomAheadMs;
  window.setTimeout(() => probes.answer({ t: "clk", n: probe.n, c: probe.c, r, x: r }), 2 * oneWayMs);
  return true;
}

const sentWithin = (ms: number): number => {
  const before = sent.length;
  vi.advanceTimersByTime(ms);
  return sent.length - before;
};

/** The machine sleeps: no timer runs and the own clock stands still, while the calendar and the room go on. */
function sleep(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
  roomAheadMs += ms;
}

function show(hidden: boolean): void {
  isHidden = hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  vi.spyOn(document, "hidden", "get").mockImplementation(() => isHidden);
  onSilence.mockClear();
  sent = [];
  isAnswered = true;
  oneWayMs = 20;
  roomAheadMs = ROOM_AHEAD_MS;
  isHidden = false;
  clock = new RoomClock();
  probes = new ClockProbes(clock, onProbe, onSilence);
  probes.begin();
});

afterEach(() => {
  probes.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("probes", () => {
  it("come in a burst on a new connection, then one every five seconds", () => {
    expect(1 + sentWithin(BURST_LASTS_MS)).toBe(PROBE_BURST);
    expect(sentWithin(10 * PROBE_INTERVAL_MS)).toBe(10);
    expect(clock.estimate(performance.now())).toBeCloseTo(ROOM_AHEAD_MS, 3);
  });

  it("come in a burst when the network is back", () => {
    vi.advanceTimersByTime(60_000);
    window.dispatchEvent(new Event("online"));
    expect(1 + sentWithin(BURST_LASTS_MS)).toBeGreaterThanOrEqual(PROBE_BURST);
  });

  it("come in a burst when the path has another length, but not again and again", () => {
    vi.advanceTimersByTime(60_000);
    oneWayMs = 60;
    const whole = sentWithin(120_000);
    expect(whole).toBeGreaterThanOrEqual(PROBE_BURST + 20);
    expect(whole).toBeLessThanOrEqual(2 * PROBE_BURST + 26);
    expect(clock.rttMs).toBeCloseTo(120, 3);
  });

  it("are sent again soon when the server answered too few to tell the time", () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5); // the last probe of the burst leaves after 1.2 s
    isAnswered = false;
    vi.advanceTimersByTime(1_150);
    isAnswered = true;
    vi.advanceTimersByTime(BURST_LASTS_MS - 1_150);
    clock.advance(performance.now(), { isPlaying: false });
    expect(clock.isUsable).toBe(true);
  });

  it("are sent again at the welcome of a server that answered none of them", () => {
    isAnswered = false;
    vi.advanceTimersByTime(BURST_LASTS_MS);
    isAnswered = true;
    probes.catchUp();
    probes.catchUp(); // the burst is on its way
    expect(1 + sentWithin(BURST_LASTS_MS)).toBe(PROBE_BURST);
    probes.catchUp(); // nothing is missing
    expect(sentWithin(1_000)).toBe(0);
    vi.advanceTimersByTime(4 * PROBE_INTERVAL_MS);
    expect(onSilence).not.toHaveBeenCalled();
  });

  it("say so when three in a row find no answer", () => {
    vi.advanceTimersByTime(BURST_LASTS_MS);
    isAnswered = false;
    vi.advanceTimersByTime(4 * PROBE_INTERVAL_MS);
    expect(onSilence).toHaveBeenCalled();
  });

  it("end with the visit", () => {
    probes.stop();
    window.dispatchEvent(new Event("online"));
    show(false);
    expect(sentWithin(60_000)).toBe(0);
  });
});

describe("after a sleep", () => {
  it("the clock is learned anew, and taken at once, though the own one stood still", () => {
    vi.advanceTimersByTime(60_000);
    clock.advance(performance.now(), { isPlaying: true });
    sleep(3_600_000);
    vi.advanceTimersByTime(PROBE_INTERVAL_MS + 500);
    const now = performance.now();
    expect(clock.advance(now, { isPlaying: true })).toBeCloseTo(now + roomAheadMs, 3);
  });

  it("a tab that is shown again does not wait for its next probe", () => {
    vi.advanceTimersByTime(60_000);
    show(true);
    sleep(600_000);
    show(false);
    vi.advanceTimersByTime(500);
    const now = performance.now();
    expect(clock.advance(now, { isPlaying: true })).toBeCloseTo(now + roomAheadMs, 3);
  });

  it("a tab that was hidden for a moment keeps what it knows", () => {
    vi.advanceTimersByTime(60_000);
    const known = clock.probes;
    show(true);
    vi.advanceTimersByTime(1_000);
    show(false);
    expect(clock.probes).toBeGreaterThanOrEqual(known);
  });
});
