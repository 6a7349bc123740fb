import { beforeEach, describe, expect, it } from "vitest";
import type { Problem } from "./engine/engine";
import { bindMedia } from "./media-binding";
import { createPlayerStore, type PlayerStore } from "./store";

describe("a problem on the screen", () => {
  let video: HTMLVideoElement;
  let store: PlayerStore;

  const remains = (problem: Problem, kind: string, readyState: number): Problem | null => {
    store.setState({ problem });
    Object.defineProperty(video, "readyState", { value: readyState, configurable: true });
    video.dispatchEvent(new Event(kind));
    return store.getState().problem;
  };

  beforeEach(() => {
    video = document.createElement("video");
    store = createPlayerStore(100);
    bindMedia(video, store);
  });

  it("is gone when the film plays again", () => {
    expect(remains("network", "playing", 3)).toBeNull();
    expect(remains("network", "canplay", 3)).toBeNull();
    expect(remains("busy", "timeupdate", 3)).toBeNull();
  });

  it("stays while the film stands", () => {
    expect(remains("network", "timeupdate", 2)).toBe("network");
    expect(remains("network", "waiting", 2)).toBe("network");
  });

  it("of the film itself is not over because the last picture was counted late", () => {
    expect(remains("decode", "timeupdate", 4)).toBe("decode");
    expect(remains("unsupported", "timeupdate", 4)).toBe("unsupported");
  });
});
