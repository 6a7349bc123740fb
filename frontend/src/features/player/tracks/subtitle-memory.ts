/** How far somebody moved the subtitles of a film: kept in this browser, and on the server for a file they uploaded. */
import { saveOffset } from "./subtitle-api";
import type { SubtitleTrack } from "./types";

const SAVE_AFTER_MS = 800;

let timer: number | undefined;

function keyOf(assetId: string, track: SubtitleTrack): string {
  return `matinee.subtitle-offset.${assetId}.${track.id}`;
}

/** Milliseconds; what this browser knows wins over what the server says. */
export function rememberedOffset(assetId: string, track: SubtitleTrack): number {
  const stored = localStorage.getItem(keyOf(assetId, track));
  const offsetMs = stored === null ? Number.NaN : Number(stored);
  return Number.isFinite(offsetMs) ? offsetMs : track.offsetMs;
}

/** A run of key presses is one message to the server; whose file it is not, the server refuses, and the browser knows. */
export function rememberOffset(assetId: string, track: SubtitleTrack, offsetMs: number): void {
  localStorage.setItem(keyOf(assetId, track), String(offsetMs));
  if (!track.isUploaded) return;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    void saveOffset(track.id, offsetMs).catch(() => null);
  }, SAVE_AFTER_MS);
}
