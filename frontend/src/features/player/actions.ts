/** Everything a person can do to a player. Moving the film goes through `transport`, so that a room can own it. */
import { AUTO_LEVEL, type Engine, ignoreInterruption } from "./engine/engine";
import { chooseVolume } from "./film-volume";
import type { PlayerStore } from "./store";
import { clampOffset, preferredSubtitle } from "./tracks/subtitle-choice";

/** Who moves the film: the person alone, or a room on behalf of everybody. */
export interface Transport {
  play: () => void;
  pause: () => void;
  /** Seconds. */
  seek: (position: number) => void;
  setRate: (rate: number) => void;
  /** Whether the button for both offers to play, or to pause. */
  offersPlay: () => boolean;
  /** Calls `onChange` when that may have changed, until what it returns is called. */
  watchOffer: (onChange: () => void) => () => void;
  /** A click moves the film of others too, so it waits until it is known to be no double click. */
  isShared: boolean;
  can: { playPause: boolean; seek: boolean; rate: boolean };
}

export interface PlayerActions extends Transport {
  togglePlay: () => void;
  seekBy: (seconds: number) => void;
  setVolume: (volume: number) => void;
  toggleMute: () => void;
  setLevel: (id: number) => void;
  setAudio: (id: number) => void;
  /** Null for none. */
  setSubtitle: (id: string | null) => void;
  toggleSubtitles: () => void;
  /** Milliseconds; positive shows the subtitles later. */
  shiftSubtitles: (byMs: number) => void;
  toggleUpload: () => void;
  closeUpload: () => void;
  toggleFullscreen: () => void;
  togglePip: () => void;
  toggleHelp: () => void;
  toggleStats: () => void;
  retry: () => void;
}

export interface ActionParts {
  store: PlayerStore;
  video: HTMLVideoElement;
  /** The element that goes full screen: the film with everything that lies over it. */
  stage: HTMLElement;
  engine: () => Engine | null;
  transport: Transport;
}

/** The film alone: the element is moved directly. */
export function soloTransport(video: HTMLVideoElement): Transport {
  return {
    can: { playPause: true, seek: true, rate: true },
    isShared: false,
    play: () => void video.play().catch(ignoreInterruption),
    pause: () => video.pause(),
    seek: (position) => {
      video.currentTime = position;
    },
    setRate: (rate) => {
      video.playbackRate = rate;
    },
    offersPlay: () => video.paused,
    watchOffer: (onChange) => watchElement(video, onChange),
  };
}

/** Calls `onChange` whenever the element goes, rests, ends or is moved, until what it returns is called. */
export function watchElement(video: HTMLVideoElement, onChange: () => void): () => void {
  const abort = new AbortController();
  for (const kind of ["play", "playing", "pause", "ended", "seeking", "emptied"]) {
    video.addEventListener(kind, onChange, { signal: abort.signal });
  }
  return () => abort.abort();
}

export function createActions({ store, video, stage, engine, transport }: ActionParts): PlayerActions {
  const seek = (position: number): void => {
    if (!transport.can.seek) return;
    const end = store.getState().duration || Number.POSITIVE_INFINITY;
    transport.seek(Math.min(Math.max(0, position), end));
  };
  const setSubtitle = (id: string | null): void => {
    store.setState({ subtitleId: id });
  };

  return {
    ...transport,
    seek,
    togglePlay: () => {
      if (!transport.can.playPause) return;
      if (transport.offersPlay()) transport.play();
      else transport.pause();
    },
    seekBy: (seconds) => seek(video.currentTime + seconds),
    setVolume: (volume) => {
      chooseVolume(video, volume);
      video.muted = video.volume === 0;
    },
    toggleMute: () => {
      video.muted = !video.muted;
    },
    setLevel: (id) => {
      store.setState({ level: id });
      engine()?.setLevel(id);
    },
    setAudio: (id) => engine()?.setAudio(id),
    setSubtitle,
    toggleSubtitles: () => {
      const { subtitles, subtitleId } = store.getState();
      setSubtitle(subtitleId === null ? preferredSubtitle(subtitles, navigator.language) : null);
    },
    shiftSubtitles: (byMs) => {
      if (store.getState().subtitleId === null) return;
      store.setState(({ subtitleOffsetMs }) => ({ subtitleOffsetMs: clampOffset(subtitleOffsetMs + byMs) }));
    },
    toggleUpload: () => store.setState(({ isUploadOpen }) => ({ isUploadOpen: !isUploadOpen })),
    closeUpload: () => store.setState({ isUploadOpen: false }),
    toggleFullscreen: () => void toggleFullscreen(stage, video),
    togglePip: () => void togglePip(video),
    toggleHelp: () => store.setState(({ isHelpOpen }) => ({ isHelpOpen: !isHelpOpen })),
    toggleStats: () => store.setState(({ isStatsOpen }) => ({ isStatsOpen: !isStatsOpen })),
    retry: () => {
      store.setState({ problem: null, isWaiting: true, level: AUTO_LEVEL });
      engine()?.retry();
    },
  };
}

/** iPhones let only the video itself fill the screen. */
interface PhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
}

async function toggleFullscreen(stage: HTMLElement, video: PhoneVideo): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await stage.requestFullscreen();
  else video.webkitEnterFullscreen?.();
}

async function togglePip(video: HTMLVideoElement): Promise<void> {
  if (document.pictureInPictureElement !== null) await document.exitPictureInPicture();
  else if (document.pictureInPictureEnabled) await video.requestPictureInPicture();
}
