import { useEffect } from "react";
import type { PlayerHandle } from "./context";

/** Keyboards, headsets and lock screens drive the same actions as the page. */
export function useMediaSession(handle: PlayerHandle | null, name: string): void {
  useEffect(() => {
    if (handle === null || !("mediaSession" in navigator)) return;
    const { actions } = handle;
    const session = navigator.mediaSession;
    session.metadata = new MediaMetadata({ title: name });
    const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
      ["play", () => actions.play()],
      ["pause", () => actions.pause()],
      ["seekbackward", ({ seekOffset }) => actions.seekBy(-(seekOffset ?? 10))],
      ["seekforward", ({ seekOffset }) => actions.seekBy(seekOffset ?? 10)],
      ["seekto", ({ seekTime }) => seekTime != null && actions.seek(seekTime)],
    ];
    for (const [action, handler] of handlers) session.setActionHandler(action, handler);
    const end = actions.watchOffer(() => {
      session.playbackState = actions.offersPlay() ? "paused" : "playing";
    });
    return () => {
      end();
      for (const [action] of handlers) session.setActionHandler(action, null);
      session.metadata = null;
      session.playbackState = "none";
    };
  }, [handle, name]);
}
