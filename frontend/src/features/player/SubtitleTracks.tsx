import { useEffect } from "react";
import type { Playback } from "@/types/schemas";
import { NO_SUBTITLES, type PlayerStore } from "./store";

const LANGUAGE_KEY = "matinee.subtitles";

interface SubtitleTracksProps {
  subtitles: Playback["subtitles"];
  store: PlayerStore;
}

/** The film's subtitles as native tracks, drawn by Captions; the chosen language is remembered for the next film. */
export function SubtitleTracks({ subtitles, store }: SubtitleTracksProps) {
  useEffect(() => {
    const remembered = localStorage.getItem(LANGUAGE_KEY);
    store.setState({
      subtitles: subtitles.map(({ lang, name }, id) => ({ id, lang, name })),
      subtitleId: remembered === null ? NO_SUBTITLES : subtitles.findIndex(({ lang }) => lang === remembered),
    });
  }, [subtitles, store]);

  useEffect(
    () =>
      store.subscribe((state, before) => {
        if (state.subtitleId === before.subtitleId || state.subtitles !== before.subtitles) return;
        const lang = state.subtitles[state.subtitleId]?.lang;
        if (lang === undefined) localStorage.removeItem(LANGUAGE_KEY);
        else localStorage.setItem(LANGUAGE_KEY, lang);
      }),
    [store],
  );

  return subtitles.map(({ lang, name, url }) => (
    <track key={`${lang}-${name}`} kind="captions" srcLang={lang} label={name} src={url} />
  ));
}
