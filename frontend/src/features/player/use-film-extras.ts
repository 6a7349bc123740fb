/** Brings what a film has besides picture and sound into the player's store: chapters, marks, small pictures, reasons. */
import { useEffect } from "react";
import type { Playback } from "@/types/schemas";
import type { PlayerStore } from "./store";
import { chaptersOf, marksOf } from "./tracks/read-playback";
import { parseTrickplay } from "./tracks/trickplay";

export function useFilmExtras(playback: Playback, store: PlayerStore): void {
  useEffect(() => {
    store.setState({ chapters: chaptersOf(playback), marks: marksOf(playback), reasons: playback.reasons });
  }, [playback, store]);

  const url = playback.trickplay?.url;
  useEffect(() => {
    if (url === undefined) return;
    const abort = new AbortController();
    void loadSprites(url, abort.signal).then((sprites) => {
      if (!abort.signal.aborted) store.setState({ sprites });
    });
    return () => abort.abort();
  }, [url, store]);
}

/** The seek bar does without pictures when there are none, or they cannot be fetched. */
async function loadSprites(url: string, signal: AbortSignal) {
  const whole = new URL(url, window.location.href).href;
  const response = await fetch(whole, { signal }).catch(() => null);
  if (!response?.ok) return [];
  return parseTrickplay(await response.text().catch(() => ""), whole);
}
