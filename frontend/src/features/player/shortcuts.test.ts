import { describe, expect, it, vi } from "vitest";
import { createActions, type Transport } from "./actions";
import { SHORTCUTS, shortcutFor, shownKeys } from "./shortcuts";
import { createPlayerStore } from "./store";
import type { SubtitleTrack } from "./tracks/types";

function player(can: Partial<Transport["can"]> = {}) {
  const video = document.createElement("video");
  Object.defineProperty(video, "currentTime", { value: 50, writable: true });
  const transport: Transport = {
    play: vi.fn(),
    pause: vi.fn(),
    seek: vi.fn(),
    setRate: vi.fn(),
    offersPlay: () => true,
    watchOffer: () => () => undefined,
    isShared: false,
    can: { playPause: true, seek: true, rate: true, ...can },
  };
  const store = createPlayerStore(100);
  const actions = createActions({ store, video, stage: document.createElement("div"), engine: () => null, transport });
  const press = (key: string): void => shortcutFor(key)?.run(actions, store, key);
  return { transport, store, video, press };
}

const subtitle = (id: string, lang: string): SubtitleTrack => ({
  id,
  lang,
  name: lang,
  kind: "text",
  url: `/${id}.vtt`,
  isForced: false,
  isUploaded: false,
  isMine: false,
  offsetMs: 0,
});

describe("the keys", () => {
  it("belong to one shortcut each", () => {
    const keys = SHORTCUTS.flatMap((shortcut) => shortcut.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(SHORTCUTS.every((shortcut) => shownKeys(shortcut) !== "")).toBe(true);
  });

  it("play, and jump by 5 and 10 seconds and to tenths", () => {
    const { transport, press } = player();
    press(" ");
    expect(transport.play).toHaveBeenCalledOnce();
    for (const [key, at] of [
      ["j", 40],
      ["l", 60],
      ["ArrowLeft", 45],
      ["ArrowRight", 55],
      ["7", 70],
      ["Home", 0],
      ["End", 100],
    ] as const) {
      press(key);
      expect(transport.seek).toHaveBeenLastCalledWith(at);
    }
  });

  it("stay inside the film", () => {
    const { transport, video, press } = player();
    video.currentTime = 3;
    press("j");
    expect(transport.seek).toHaveBeenLastCalledWith(0);
    video.currentTime = 98;
    press("l");
    expect(transport.seek).toHaveBeenLastCalledWith(100);
  });

  it("step through the speeds and stop at both ends", () => {
    const { transport, store, press } = player();
    press(">");
    expect(transport.setRate).toHaveBeenLastCalledWith(1.25);
    store.setState({ rate: 2 });
    press(">");
    expect(transport.setRate).toHaveBeenCalledTimes(1);
  });

  it("mute, and change the volume by steps of 5 %", () => {
    const { store, video, press } = player();
    store.setState({ volume: 0.5 });
    press("ArrowUp");
    expect(video.volume).toBeCloseTo(0.55);
    press("m");
    expect(video.muted).toBe(true);
  });

  it("switch subtitles on in the person's own language, and off again", () => {
    const { store, press } = player();
    store.setState({ subtitles: [subtitle("a", "deu"), subtitle("b", "eng")] });
    press("c");
    expect(store.getState().subtitleId).toBe("b");
    press("c");
    expect(store.getState().subtitleId).toBeNull();
  });

  it("move subtitles by 50 ms, with Shift by a second, and only when there are some", () => {
    const { store, press } = player();
    press("h");
    expect(store.getState().subtitleOffsetMs).toBe(0);
    store.setState({ subtitles: [subtitle("a", "eng")], subtitleId: "a" });
    press("h");
    press("H");
    expect(store.getState().subtitleOffsetMs).toBe(1050);
    press("G");
    press("g");
    expect(store.getState().subtitleOffsetMs).toBe(0);
  });

  it("do nothing to a film that somebody else drives", () => {
    const { transport, press } = player({ playPause: false, seek: false, rate: false });
    for (const key of ["k", "l", "5", ">"]) press(key);
    for (const verb of [transport.play, transport.pause, transport.seek, transport.setRate]) {
      expect(verb).not.toHaveBeenCalled();
    }
  });
});
