import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Engine } from "./engine";
import { createNativeEngine } from "./native-engine";

const NETWORK = 2;
const DECODE = 3;

function broken(video: HTMLVideoElement, code: number): void {
  Object.defineProperty(video, "error", { value: { code }, configurable: true });
  video.dispatchEvent(new Event("error"));
}

describe("a browser that plays HLS by itself", () => {
  let video: HTMLVideoElement;
  let engine: Engine;
  const onProblem = vi.fn();
  const onExpired = vi.fn<() => Promise<string | null>>();

  beforeEach(() => {
    vi.resetAllMocks();
    vi.stubGlobal("MediaError", { MEDIA_ERR_NETWORK: NETWORK });
    video = document.createElement("video");
    vi.spyOn(video, "load").mockReturnValue(undefined);
    vi.spyOn(video, "play").mockResolvedValue(undefined);
    engine = createNativeEngine({
      video,
      masterUrl: "/media/one/master.m3u8",
      startPosition: 40,
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
    onExpired.mockResolvedValue("/media/two/master.m3u8");
    broken(video, NETWORK);
    await vi.waitFor(() => expect(video.src).toContain("/media/two/"));
    video.currentTime = 0;
    video.dispatchEvent(new Event("loadedmetadata"));
    expect(video.currentTime).toBe(300);
    expect(onProblem).not.toHaveBeenCalled();
  });

  it("says so when nobody gives a fresh address, or the fresh one fails too", async () => {
    onExpired.mockResolvedValue(null);
    broken(video, NETWORK);
    await vi.waitFor(() => expect(onProblem).toHaveBeenCalledWith("network"));
    broken(video, NETWORK);
    expect(onExpired).toHaveBeenCalledTimes(1);
    expect(onProblem).toHaveBeenCalledTimes(2);
  });

  it("says so when it cannot decode the film", () => {
    broken(video, DECODE);
    expect(onProblem).toHaveBeenCalledWith("unsupported");
    expect(onExpired).not.toHaveBeenCalled();
  });
});
