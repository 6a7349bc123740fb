/** How far somebody moved the subtitles of a film: on the server for their own file, else in this browser. */
import { saveOffset } from "./subtitle-api";
import type { SubtitleTrack } from "./types";

const SAVE_AFTER_MS = 800;

/** Of own files, by id: what was said to the server, until its next answer says it back. */
const said = new Map<string, number>();
let timer: number | undefined;

function keyOf(assetId: string, track: SubtitleTrack): string {
  return `matinee.subtitle-offset.${assetId}.${track.id}`;
}

/** Milliseconds. */
export function rememberedOffset(assetId: string, track: SubtitleTrack): number {
  if (track.isMine) return said.get(track.id) ?? track.offsetMs;
  const stored = localStorage.getItem(keyOf(assetId, track));
  const offsetMs = stored === null ? Number.NaN : Number(stored);
  return Number.isFinite(offsetMs) ? offsetMs : track.offsetMs;
}

/** A run of key presses is one message to the server. A lost one costs a press at the next visit. */
export function rememberOffset(assetId: string, track: SubtitleTrack, offsetMs: number): void {
  if (!track.isMine) {
    localStorage.setItem(keyOf(assetId, track), String(offsetMs));
    return;
  }
  said.set(track.id, offsetMs);
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void saveOffset(track.id, offsetMs).catch(() => null), SAVE_AFTER_MS);
}
