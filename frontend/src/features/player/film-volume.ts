/**
 * How loud the film is: what the person chose, times a share that others may take away for a while.
 * Invariant: only these functions set `video.volume`, and the person's choice is never lost in it.
 */
interface Loudness {
  chosen: number;
  gain: number;
}

/** The element rounds what it is given. */
const TOLERANCE = 0.002;

const known = new WeakMap<HTMLMediaElement, Loudness>();

function loudnessOf(video: HTMLMediaElement): Loudness {
  const { chosen, gain } = known.get(video) ?? { chosen: video.volume, gain: 1 };
  const isOurs = Math.abs(video.volume - chosen * gain) < TOLERANCE;
  return { chosen: isOurs ? chosen : Math.min(1, video.volume / gain), gain };
}

function apply(video: HTMLMediaElement, loudness: Loudness): void {
  known.set(video, loudness);
  video.volume = loudness.chosen * loudness.gain;
}

/** What the person chose, also when the system moved the element's own volume. */
export function chosenVolume(video: HTMLMediaElement): number {
  return loudnessOf(video).chosen;
}

export function chooseVolume(video: HTMLMediaElement, volume: number): void {
  apply(video, { ...loudnessOf(video), chosen: Math.min(Math.max(volume, 0), 1) });
}

/** `gain` above 0, up to 1. */
export function setFilmGain(video: HTMLMediaElement, gain: number): void {
  apply(video, { ...loudnessOf(video), gain });
}
