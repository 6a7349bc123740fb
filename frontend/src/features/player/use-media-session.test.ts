import { renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { PlayerHandle } from "./context";
import { useMediaSession } from "./use-media-session";

afterEach(() => {
  vi.unstubAllGlobals();
});

it("shows the system what the button offers, and does what its keys ask for", () => {
  const keys = new Map<string, ((details: object) => void) | null>();
  const setActionHandler = (key: string, handler: (() => void) | null): void => void keys.set(key, handler);
  const mediaSession = { playbackState: "none", metadata: null, setActionHandler };
  vi.stubGlobal("navigator", { mediaSession });
  vi.stubGlobal("MediaMetadata", class {});
  let offersPlay = true;
  let changed = (): void => undefined;
  const end = vi.fn();
  const actions = {
    play: vi.fn(),
    pause: vi.fn(),
    offersPlay: () => offersPlay,
    watchOffer: (onChange: () => void) => {
      changed = onChange;
      return end;
    },
  };
  const { unmount } = renderHook(() => useMediaSession({ actions } as unknown as PlayerHandle, "Metropolis"));
  changed();
  expect(mediaSession.playbackState).toBe("paused");
  offersPlay = false;
  changed();
  expect(mediaSession.playbackState).toBe("playing");
  keys.get("pause")?.({});
  expect(actions.pause).toHaveBeenCalledOnce();
  unmount();
  expect(end).toHaveBeenCalledOnce();
  expect([mediaSession.playbackState, keys.get("play")]).toEqual(["none", null]);
});
