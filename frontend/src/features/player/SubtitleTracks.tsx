import { useEffect, useMemo } from "react";
import type { Playback } from "@/types/schemas";
import type { PlayerState, PlayerStore } from "./store";
import { defaultAudioLanguage, subtitlesOf } from "./tracks/read-playback";
import { initialSubtitle } from "./tracks/subtitle-choice";
import { rememberedOffset, rememberOffset } from "./tracks/subtitle-memory";

const LANGUAGE_KEY = "matinee.subtitles";

interface SubtitleTracksProps {
  playback: Playback;
  store: PlayerStore;
}

/** The film's text subtitles as native tracks, drawn by Captions; the chosen language is remembered for the next film. */
export function SubtitleTracks({ playback, store }: SubtitleTracksProps) {
  const tracks = useMemo(() => subtitlesOf(playback), [playback]);
  const audioLang = defaultAudioLanguage(playback);
  const { asset_id: assetId } = playback;

  useEffect(() => {
    // A fresh list is also what a renewed signature or an upload brings: a choice that is still there stays.
    const isFirst = store.getState().subtitles.length === 0;
    const chosen = store.getState().subtitleId;
    const remembered = localStorage.getItem(LANGUAGE_KEY);
    const first = isFirst ? initialSubtitle(tracks, { remembered, audioLang }) : null;
    const subtitleId = tracks.some(({ id }) => id === chosen) ? chosen : first;
    const isSame = subtitleId === chosen;
    store.setState({
      subtitles: tracks,
      subtitleId,
      ...(isSame ? {} : { subtitleOffsetMs: offsetOf(tracks, assetId, subtitleId) }),
    });
  }, [tracks, audioLang, assetId, store]);

  useEffect(() => store.subscribe((state, before) => remember(state, before, store, assetId)), [store, assetId]);

  return tracks
    .filter(({ kind }) => kind === "text")
    .map(({ id, lang, name, url }) => (
      <track key={id} data-track={id} kind="captions" srcLang={lang} label={name} src={url} />
    ));
}

function offsetOf(tracks: PlayerState["subtitles"], assetId: string, id: string | null): number {
  const track = tracks.find((each) => each.id === id);
  return track === undefined ? 0 : rememberedOffset(assetId, track);
}

function remember(state: PlayerState, before: PlayerState, store: PlayerStore, assetId: string): void {
  if (state.subtitles !== before.subtitles) return;
  const isTouched = state.subtitleId !== before.subtitleId || state.subtitleOffsetMs !== before.subtitleOffsetMs;
  if (!isTouched) return;
  const track = state.subtitles.find(({ id }) => id === state.subtitleId);
  if (state.subtitleId !== before.subtitleId) {
    if (track === undefined) localStorage.removeItem(LANGUAGE_KEY);
    else localStorage.setItem(LANGUAGE_KEY, track.lang);
    store.setState({ subtitleOffsetMs: offsetOf(state.subtitles, assetId, state.subtitleId) });
  } else if (track !== undefined && state.subtitleOffsetMs !== rememberedOffset(assetId, track)) {
    rememberOffset(assetId, track, state.subtitleOffsetMs);
  }
}
