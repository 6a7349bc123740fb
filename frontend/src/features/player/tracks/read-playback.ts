/** The server's answer in the player's own terms. Pure. */
import type { Playback } from "@/types/schemas";
import type { Chapter, Mark, SubtitleTrack } from "./types";

export function subtitlesOf({ subtitles }: Playback): SubtitleTrack[] {
  return subtitles.map((track) => ({
    id: track.id,
    lang: track.lang,
    name: track.name,
    kind: track.kind,
    url: track.url,
    isForced: track.forced,
    isUploaded: track.uploaded,
    isMine: track.mine,
    offsetMs: track.offset_ms,
  }));
}

export function chaptersOf({ chapters }: Playback): Chapter[] {
  return chapters
    .map(({ start_s, end_s, title }) => ({ start: start_s, end: end_s, title }))
    .sort((a, b) => a.start - b.start);
}

export function marksOf({ marks }: Playback): Mark[] {
  return marks.map(({ kind, start_s, end_s }) => ({ kind, start: start_s, end: end_s }));
}

export function defaultAudioLanguage({ audio }: Playback): string {
  return (audio.find((track) => track.default) ?? audio[0])?.lang ?? "";
}
