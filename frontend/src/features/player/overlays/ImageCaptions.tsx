import { useEffect, useState } from "react";
import { usePlayer, usePlayerState } from "../context";
import { remainingOffsetMs } from "../store";
import {
  activeCues,
  type ImageCue,
  type ImageTrack,
  keepInside,
  nextChange,
  pictureBox,
  placeCue,
  readImageTrack,
} from "../tracks/image-cues";

/** Pictures of the next cues are fetched this early, so that they are there on time. */
const FETCH_AHEAD_S = 10;
const SIGNS = ["timeupdate", "seeking", "seeked", "playing", "pause", "ratechange"] as const;

/** Subtitles that are pictures (discs): laid over the film's picture and scaled with it, by any engine. */
export function ImageCaptions() {
  const url = usePlayerState(({ subtitles, subtitleId }) => {
    const chosen = subtitles.find(({ id }) => id === subtitleId);
    return chosen?.kind === "image" ? chosen.url : null;
  });
  const track = useImageTrack(url);
  const shown = useActiveCues(track);
  const { element, picture } = useSizes();
  if (track === null) return null;
  const box = pictureBox(element, picture);
  return (
    <div
      aria-hidden
      data-testid="image-captions"
      className="pointer-events-none absolute inset-0 z-[5] overflow-hidden"
    >
      {shown.map((cue) => (
        <img
          key={`${cue.start}-${cue.url}`}
          src={cue.url}
          alt=""
          draggable={false}
          className="absolute max-w-none"
          style={keepInside(placeCue(cue, track, box), element)}
        />
      ))}
    </div>
  );
}

function useImageTrack(url: string | null): ImageTrack | null {
  const [track, setTrack] = useState<ImageTrack | null>(null);
  useEffect(() => {
    setTrack(null);
    if (url === null) return;
    const abort = new AbortController();
    const whole = new URL(url, window.location.href).href;
    // Subtitles that cannot be fetched are not shown; the film is worth more than a message about them.
    fetch(whole, { signal: abort.signal })
      .then(async (response) => (response.ok ? readImageTrack(await response.json(), whole) : null))
      .catch(() => null)
      .then((read) => {
        if (!abort.signal.aborted) setTrack(read);
      });
    return () => abort.abort();
  }, [url]);
  return track;
}

function useActiveCues(track: ImageTrack | null): ImageCue[] {
  const { video, store } = usePlayer();
  const [shown, setShown] = useState<ImageCue[]>([]);
  const offsetS = usePlayerState((state) => remainingOffsetMs(state) / 1000);

  useEffect(() => {
    if (track === null) return;
    const abort = new AbortController();
    let timer: number | undefined;
    const draw = (): void => {
      window.clearTimeout(timer);
      const time = video.currentTime - offsetS;
      const next = activeCues(track.cues, time);
      setShown((before) => (isSame(before, next) ? before : next));
      fetchAhead(track.cues, time);
      // The element tells its time four times a second; a word must not be late by that much.
      const change = nextChange(track.cues, time);
      if (change === null || store.getState().isPaused) return;
      timer = window.setTimeout(draw, Math.max(4, ((change - time) / video.playbackRate) * 1000));
    };
    for (const sign of SIGNS) video.addEventListener(sign, draw, { signal: abort.signal });
    draw();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
      setShown([]);
    };
  }, [video, store, track, offsetS]);
  return shown;
}

function isSame(before: readonly ImageCue[], next: readonly ImageCue[]): boolean {
  return before.length === next.length && before.every((cue, index) => cue === next[index]);
}

const fetched = new WeakSet<ImageCue>();

function fetchAhead(cues: readonly ImageCue[], time: number): void {
  for (const cue of cues) {
    if (cue.start < time || cue.start > time + FETCH_AHEAD_S || fetched.has(cue)) continue;
    fetched.add(cue);
    new Image().src = cue.url;
  }
}

/** The element's size on the page and the picture's own, which changes with the quality. */
function useSizes() {
  const { video } = usePlayer();
  const [sizes, setSizes] = useState(() => sizesOf(video));
  useEffect(() => {
    const read = (): void => setSizes(sizesOf(video));
    const observer = new ResizeObserver(read);
    observer.observe(video);
    video.addEventListener("resize", read);
    read();
    return () => {
      observer.disconnect();
      video.removeEventListener("resize", read);
    };
  }, [video]);
  return sizes;
}

function sizesOf(video: HTMLVideoElement) {
  return {
    element: { width: video.clientWidth, height: video.clientHeight },
    picture: { width: video.videoWidth, height: video.videoHeight },
  };
}
