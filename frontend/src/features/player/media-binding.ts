/** Copies what the media element says about itself into the store, and the remembered volume into the element. */
import type { Problem } from "./engine/engine";
import { chooseVolume, chosenVolume } from "./film-volume";
import type { PlayerStore, Span } from "./store";

const VOLUME_KEY = "matinee.volume";

/** Nothing is wrong with the film itself: a picture that moves says that this is over. */
const PASSING: ReadonlySet<Problem | null> = new Set([
  "network",
  "busy",
  "missing",
  "not_ready",
  "expired",
  "forbidden",
]);

interface Volume {
  volume: number;
  isMuted: boolean;
}

export function bindMedia(video: HTMLVideoElement, store: PlayerStore): () => void {
  const abort = new AbortController();
  const on = (kinds: string[], read: () => void): void => {
    for (const kind of kinds) video.addEventListener(kind, read, { signal: abort.signal });
  };
  const set = store.setState;

  applyVolume(video, rememberedVolume());
  on(["play", "pause", "ended", "playing"], () => set({ isPaused: video.paused, hasEnded: video.ended }));
  on(["timeupdate", "seeking", "seeked"], () => set({ time: video.currentTime, hasEnded: video.ended }));
  on(["seeking", "seeked"], () => set({ isSeeking: video.seeking }));
  on(["waiting", "stalled", "seeking"], () => set({ isWaiting: isWaiting(video) }));
  on(["playing", "canplay", "seeked", "timeupdate"], () => set({ isWaiting: isWaiting(video) }));
  on(["loadeddata"], () => set({ hasPicture: true }));
  on(["loadeddata", "canplay", "playing"], () => set({ problem: null }));
  on(["timeupdate"], () => {
    if (PASSING.has(store.getState().problem) && !isWaiting(video)) set({ problem: null });
  });
  on(["progress", "timeupdate", "seeked"], () => set({ buffered: spans(video.buffered) }));
  on(["durationchange"], () => {
    if (Number.isFinite(video.duration)) set({ duration: video.duration });
  });
  on(["ratechange"], () => set({ rate: video.playbackRate }));
  on(["volumechange"], () => {
    const volume = { volume: chosenVolume(video), isMuted: video.muted };
    const { volume: known, isMuted } = store.getState();
    if (volume.volume === known && volume.isMuted === isMuted) return;
    set(volume);
    localStorage.setItem(VOLUME_KEY, JSON.stringify(volume));
  });
  on(["enterpictureinpicture", "leavepictureinpicture"], () =>
    set({ isPip: document.pictureInPictureElement === video }),
  );
  set({ volume: chosenVolume(video), isMuted: video.muted });
  return () => abort.abort();
}

function isWaiting(video: HTMLVideoElement): boolean {
  return !video.ended && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
}

function spans(ranges: TimeRanges): Span[] {
  return Array.from({ length: ranges.length }, (_, i) => ({ start: ranges.start(i), end: ranges.end(i) }));
}

function applyVolume(video: HTMLVideoElement, { volume, isMuted }: Volume): void {
  chooseVolume(video, volume);
  video.muted = isMuted;
}

function rememberedVolume(): Volume {
  try {
    const stored = JSON.parse(localStorage.getItem(VOLUME_KEY) ?? "{}") as Partial<Volume>;
    const volume = typeof stored.volume === "number" ? Math.min(Math.max(stored.volume, 0), 1) : 1;
    return { volume, isMuted: stored.isMuted === true };
  } catch (error) {
    if (error instanceof SyntaxError) return { volume: 1, isMuted: false };
    throw error;
  }
}
