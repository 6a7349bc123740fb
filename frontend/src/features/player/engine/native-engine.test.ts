import { beforeEach, describe, expect, it, vi } from "vitest";
import type { AskForAddress, Engine } from "./engine";
import { createNativeEngine } from "./native-engine";

const NETWORK = 2;
const DECODE = 3;
const NOT_SUPPORTED = 4;
const HAVE_METADATA = 1;

function broken(video: HTMLVideoElement, code: number): void {
  Object.defineProperty(video, "error", { value: { code }, configurable: true });
  video.dispatchEvent(new Event("error"));
}

function knows(video: HTMLVideoElement, readyState: number): void {
  Object.defineProperty(video, "readyState", { value: readyState, configurable: true });
}

describe("a browser that plays HLS by itself", () => {
  let video: HTMLVideoElement;
  let engine: Engine;
  const onProblem = vi.fn();
  const onExpired = vi.fn<AskForAddress>();

  beforeEach(() => {
    vi.resetAllMocks();
    vi.stubGlobal("MediaError", { MEDIA_ERR_NETWORK: NETWORK, MEDIA_ERR_SRC_NOT_SUPPORTED: NOT_SUPPORTED });
    video = document.createElement("video");
    vi.spyOn(video, "load").mockReturnValue(undefined);
    vi.spyOn(video, "play").mockResolvedValue(undefined);
    engine = createNativeEngine({
      video,
      masterUrl: "/media/one/master.m3u8",
      startPosition: 40,
      ready: [],
      onTracks: vi.fn(),
      onPreparing: vi.fn(),
      onProblem,
      onExpired,
    });
  });

  it("is not interrupted by a new address", () => {
    engine.renew("/media/two/master.m3u8");
    expect(video.src).toContain("/media/one/");
    expect(video.load).toHaveBeenCalledTimes(1);
  });

  it("goes on under a fresh address, at the same place, when its own has run out", async () => {
    video.dispatchEvent(new Event("loadedmetadata"));
    expect(video.currentTime).toBe(40);
    video.currentTime = 300;
    knows(video, HAVE_METADATA);
    onExpired.mockResolvedValue({ address: "/media/two/master.m3u8" });
    broken(video, NETWORK);
    await vi.waitFor(() => expect(video.src).toContain("/media/two/"));
    video.currentTime = 0;
    video.dispatchEvent(new Event("loadedmetadata"));
    expect(video.currentTime).toBe(300);
    expect(onProblem).not.toHaveBeenCalled();
  });

  it("says so when nobody gives a fresh address, or the fresh one fails too", async () => {
    onExpired.mockResolvedValue({ problem: "network" });
    broken(video, NETWORK);
    await vi.waitFor(() => expect(onProblem).toHaveBeenCalledWith("network"));
    broken(video, NETWORK);
    expect(onExpired).toHaveBeenCalledTimes(1);
    expect(onProblem).toHaveBeenCalledTimes(2);
  });

  it("opens a film that was made anew, where it was", () => {
    engine.destroy();
    const start = { onTracks: vi.fn(), onPreparing: vi.fn(), onProblem, onExpired, startPosition: 0, ready: [] };
    engine = createNativeEngine({ ...start, video, masterUrl: "/media/a,1/alice/film.1/master.m3u8" });
    knows(video, HAVE_METADATA);
    video.currentTime = 120;
    engine.renew("/media/b,2/alice/film.1/master.m3u8");
    expect(video.src).toContain("film.1");
    engine.renew("/media/b,2/alice/film.2/master.m3u8");
    expect(video.src).toContain("film.2");
    video.currentTime = 0;
    video.dispatchEvent(new Event("loadedmetadata"));
    expect(video.currentTime).toBe(120);
  });

  it("tries again, for the same place, when the address does not answer before anything is known", async () => {
    vi.spyOn(video, "canPlayType").mockReturnValue("maybe");
    vi.spyOn(video, "paused", "get").mockReturnValue(false);
    const refused = vi.fn(() => Promise.reject(new DOMException("interrupted", "AbortError")));
    vi.spyOn(video, "play").mockImplementation(refused);
    onExpired.mockResolvedValue({ address: "/media/two/master.m3u8" });
    broken(video, NOT_SUPPORTED);
    await vi.waitFor(() => expect(video.src).toContain("/media/two/"));
    expect(refused).toHaveBeenCalledOnce();
    video.dispatchEvent(new Event("loadedmetadata"));
    expect(video.currentTime).toBe(40);
    expect(onProblem).not.toHaveBeenCalled();
  });

  it("says so at once when the browser has no HLS at all", () => {
    vi.spyOn(video, "canPlayType").mockReturnValue("");
    broken(video, NOT_SUPPORTED);
    expect(onProblem).toHaveBeenCalledWith("unsupported");
  });

  it("says why it was refused", async () => {
    onExpired.mockResolvedValue({ problem: "forbidden" });
    broken(video, NETWORK);
    await vi.waitFor(() => expect(onProblem).toHaveBeenCalledWith("forbidden"));
  });

  it("says so when it cannot decode the film", () => {
    broken(video, DECODE);
    expect(onProblem).toHaveBeenCalledWith("unsupported");
    expect(onExpired).not.toHaveBeenCalled();
  });
});
