import { Events } from "hls.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PLAYER_SESSION } from "../player-session";
import type { AskForAddress, Engine } from "./engine";
import { createEngine } from "./hls-engine";

type Listener = (event: string, data: unknown) => void;

/** hls.js as the engine sees it: what it is told to do, and what it says. */
const fake = vi.hoisted(() => {
  const listeners = new Map<string, Set<(event: string, data: unknown) => void>>();
  const on = (event: string, listener: Listener): void => {
    listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
  };
  return {
    listeners,
    on,
    once: on,
    config: { startPosition: -1 } as { startPosition: number; xhrSetup?: (xhr: unknown, url: string) => void },
    levels: [] as { height: number; bitrate: number; url: string[] }[],
    audioTracks: [],
    bandwidthEstimate: Number.NaN,
    startLevel: -1,
    maxAutoLevel: 0,
    attachMedia: vi.fn(),
    loadSource: vi.fn(),
    startLoad: vi.fn(),
    destroy: vi.fn(),
  };
});

vi.mock("hls.js", async (original) => {
  function FakeHls(config: object) {
    Object.assign(fake.config, config);
    return fake;
  }
  return {
    ...(await original<typeof import("hls.js")>()),
    default: Object.assign(FakeHls, { isSupported: () => true }),
  };
});
vi.mock("./patient-loader", () => ({ patientLoader: () => undefined }));
vi.mock("./careful-abr", () => ({ carefulAbr: () => undefined }));

const FILM = "/media/a,1/alice/film.1/master.m3u8";
const RENEWED = "/media/b,2/alice/film.1/master.m3u8";
const REMADE = "/media/b,2/alice/film.2/master.m3u8";
const ENOUGH = 4;
const DRY = 2;

describe("a film played through hls.js", () => {
  let video: HTMLVideoElement;
  let engine: Engine;
  const onProblem = vi.fn();
  const onExpired = vi.fn<AskForAddress>();

  const buffered = (readyState: number): void => {
    Object.defineProperty(video, "readyState", { value: readyState, configurable: true });
  };
  const says = (event: string, data: unknown = {}): void => {
    for (const listener of fake.listeners.get(event) ?? []) listener(event, data);
  };
  const fails = (code = 0, fatal = true): void =>
    says(Events.ERROR, { type: "networkError", fatal, response: { code } });
  /** All the quick tries are used up, and one of the slow ones. */
  const failsForLong = (): void => {
    for (let i = 0; i < 5; i += 1) {
      fails();
      vi.advanceTimersByTime(15_000);
    }
  };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    fake.listeners.clear();
    fake.levels = [{ height: 720, bitrate: 3_000_000, url: ["/v720.m3u8"] }];
    video = document.createElement("video");
    vi.spyOn(video, "play").mockResolvedValue(undefined);
    const events = { onTracks: vi.fn(), onPreparing: vi.fn(), onProblem, onExpired };
    engine = createEngine({ video, masterUrl: FILM, startPosition: 40, ready: ["v720"], ...events });
  });
  afterEach(() => {
    engine.destroy();
    vi.useRealTimers();
  });

  it("asks under the newest signature, and says which player asks", () => {
    engine.renew(RENEWED);
    const xhr = { open: vi.fn(), setRequestHeader: vi.fn() };
    fake.config.xhrSetup?.(xhr, FILM.replace("master.m3u8", "v720/00000.m4s"));
    expect(xhr.open).toHaveBeenCalledWith("GET", "/media/b,2/alice/film.1/v720/00000.m4s", true);
    expect(xhr.setRequestHeader).toHaveBeenCalledWith("X-Player-Session", PLAYER_SESSION);
  });

  it("opens with a rung that is made", () => {
    says(Events.MANIFEST_PARSED);
    expect(fake.startLevel).toBe(0);
  });

  it("leaves the opening to hls.js where the made rung is larger than the window", () => {
    fake.startLevel = -1;
    fake.levels.unshift({ height: 240, bitrate: 400_000, url: ["/v240.m3u8"] });
    says(Events.MANIFEST_PARSED);
    expect(fake.startLevel).toBe(-1);
  });

  it("forgets a bad line when three pictures in a row came quickly, whatever the sound did", () => {
    const comes = (type: string, ms: number) =>
      says(Events.FRAG_BUFFERED, {
        frag: { type, sn: 3 },
        stats: { aborted: false, loaded: 62_500, loading: { start: 0, first: 100, end: 100 + ms } },
      });
    fake.bandwidthEstimate = 128_000;
    for (const ms of [250, 250]) comes("main", ms);
    comes("audio", 4_000);
    expect(fake.bandwidthEstimate).toBe(128_000);
    comes("main", 200);
    expect(fake.bandwidthEstimate).toBe(1_600_000);
  });

  it("is asked for again as long as the network is away, and no longer than the player lives", () => {
    failsForLong();
    expect(fake.startLoad).toHaveBeenCalledTimes(5);
    fails();
    window.dispatchEvent(new Event("online"));
    expect(fake.startLoad).toHaveBeenCalledTimes(6);
    fails();
    engine.destroy();
    vi.advanceTimersByTime(60_000);
    expect(fake.startLoad).toHaveBeenCalledTimes(6);
  });

  it("plays what is buffered before anybody hears of a lost connection", () => {
    buffered(ENOUGH);
    failsForLong();
    expect(onProblem).not.toHaveBeenCalled();
    buffered(DRY);
    video.dispatchEvent(new Event("waiting"));
    expect(onProblem).toHaveBeenCalledExactlyOnceWith("network");
  });

  it("says nothing of a loss that is over when it has to wait", () => {
    buffered(ENOUGH);
    failsForLong();
    says(Events.FRAG_BUFFERED, { frag: { type: "audio", sn: 1 }, stats: {} });
    buffered(DRY);
    video.dispatchEvent(new Event("waiting"));
    expect(onProblem).not.toHaveBeenCalled();
  });

  it("goes on under a fresh address when its own has run out", async () => {
    onExpired.mockResolvedValue({ address: RENEWED });
    fails(403, false);
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.startLoad).toHaveBeenCalledExactlyOnceWith(-1, true);
    expect(fake.loadSource).toHaveBeenCalledTimes(1);
  });

  it("reads the first list again under the fresh address when there was none yet", async () => {
    fake.levels = [];
    onExpired.mockResolvedValue({ address: RENEWED });
    fails(403);
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.loadSource).toHaveBeenLastCalledWith(RENEWED);
    expect(fake.config.startPosition).toBe(40);
  });

  it("is opened anew at the same place, and goes on playing, when it was made anew", () => {
    buffered(ENOUGH);
    vi.spyOn(video, "paused", "get").mockReturnValue(false);
    video.currentTime = 300;
    video.playbackRate = 1.5;
    engine.renew(REMADE);
    expect(fake.config.startPosition).toBe(300);
    expect(fake.loadSource).toHaveBeenLastCalledWith(REMADE);
    video.playbackRate = 1;
    fake.startLevel = -1;
    says(Events.MANIFEST_PARSED);
    expect(fake.startLevel, "what was made before says nothing about it").toBe(-1);
    expect(video.play).toHaveBeenCalledOnce();
    expect(video.playbackRate).toBe(1.5);
  });

  it("asks whether it was made anew when a file is gone", async () => {
    onExpired.mockResolvedValue({ address: REMADE });
    fails(404);
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.loadSource).toHaveBeenLastCalledWith(REMADE);
    expect(onProblem).not.toHaveBeenCalled();
  });

  it("says that it is gone when the fresh address has no such file either", async () => {
    onExpired.mockResolvedValue({ address: RENEWED });
    fails(404);
    await vi.advanceTimersByTimeAsync(5_000);
    fails(404);
    expect(onProblem).toHaveBeenCalledExactlyOnceWith("missing");
  });

  it("is tried again when the fresh address is refused a moment later", async () => {
    onExpired.mockResolvedValue({ address: RENEWED });
    fails(403);
    await vi.advanceTimersByTimeAsync(100);
    fails(403);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(fake.startLoad).toHaveBeenCalledTimes(2);
  });

  it.each(["forbidden", "not_ready", "missing", "expired"] as const)("says at once that it is %s", async (problem) => {
    onExpired.mockResolvedValue({ problem });
    fails(403);
    await vi.advanceTimersByTimeAsync(0);
    expect(onProblem).toHaveBeenCalledExactlyOnceWith(problem);
  });

  it("goes on asking for an address while nobody answers", async () => {
    onExpired.mockResolvedValue({ problem: "network" });
    fails(403);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(onExpired).toHaveBeenCalledTimes(2);
    expect(onProblem).not.toHaveBeenCalled();
    onExpired.mockResolvedValue({ address: RENEWED });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(fake.startLoad).toHaveBeenCalledExactlyOnceWith(-1, true);
  });
});
