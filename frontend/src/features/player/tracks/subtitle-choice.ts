/** Which subtitles a film starts with, and how a track is called in a menu. Pure. */
import type { SubtitleTrack } from "./types";

/** Tags are "en" or "eng" here and "en-GB" in browsers: the first two letters say enough. */
export function isSameLanguage(one: string, other: string): boolean {
  return one !== "" && one.slice(0, 2).toLowerCase() === other.slice(0, 2).toLowerCase();
}

/**
 * The language somebody chose before; else what the film itself forces on listeners of `audioLang` (signs, other
 * tongues); else none.
 */
export function initialSubtitle(
  tracks: readonly SubtitleTrack[],
  { remembered, audioLang }: { remembered: string | null; audioLang: string },
): string | null {
  if (remembered !== null) {
    const inLanguage = tracks.filter(({ lang }) => isSameLanguage(lang, remembered));
    const whole = inLanguage.find(({ isForced }) => !isForced) ?? inLanguage[0];
    if (whole !== undefined) return whole.id;
  }
  const forced = tracks.filter(({ isForced }) => isForced);
  return forced.find(({ lang }) => isSameLanguage(lang, audioLang))?.id ?? null;
}

/** The track that the subtitle key switches on: the browser's language before any other, whole before forced. */
export function preferredSubtitle(tracks: readonly SubtitleTrack[], browserLanguage: string): string | null {
  const rank = ({ lang, isForced }: SubtitleTrack): number =>
    (isSameLanguage(lang, browserLanguage) ? 0 : 2) + (isForced ? 1 : 0);
  const [best] = [...tracks].sort((a, b) => rank(a) - rank(b));
  return best?.id ?? null;
}

const LARGEST_OFFSET_MS = 10 * 60 * 1000;

/** Offsets stay within ten minutes: beyond that the file belongs to another film. */
export function clampOffset(offsetMs: number): number {
  return Math.min(Math.max(Math.round(offsetMs), -LARGEST_OFFSET_MS), LARGEST_OFFSET_MS);
}

/** 50 -> "+50 ms", -1000 -> "−1 s". */
export function formatStep(stepMs: number): string {
  const words = Math.abs(stepMs) < 1000 ? `${Math.abs(stepMs)} ms` : `${Math.abs(stepMs) / 1000} s`;
  return `${stepMs < 0 ? "−" : "+"}${words}`;
}

/** 250 -> "+0.25 s", -1000 -> "−1 s", 0 -> "0 s". */
export function formatOffset(offsetMs: number): string {
  const sign = offsetMs > 0 ? "+" : offsetMs < 0 ? "−" : "";
  return `${sign}${Number((Math.abs(offsetMs) / 1000).toFixed(2))} s`;
}
