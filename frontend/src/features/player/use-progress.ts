/** Remembers how far a person got: every 10 s, on pause and seek, and with the last breath of the page. */
import { useEffect, useState } from "react";
import { api, getAccessToken } from "@/lib/api";
import { randomId } from "@/lib/random-id";
import type { PlayerHandle } from "./context";
import type { PlayerState } from "./store";

const SAVE_EVERY_MS = 10_000;
/** Within this many seconds nothing is worth saving again. */
const SAME_PLACE_S = 1;

export function useProgress(handle: PlayerHandle | null, titleId: string | null): void {
  const [session] = useState(randomId);

  useEffect(() => {
    if (handle === null || titleId === null) return;
    const { video, store } = handle;
    let savedAt = Number.NaN;

    const body = () => ({
      position_s: video.currentTime,
      duration_s: store.getState().duration,
      session,
      height: heightOnScreen(store.getState()) || video.videoHeight || null,
    });
    const isWorthSaving = (): boolean => {
      const { hasPicture, duration } = store.getState();
      return hasPicture && duration > 0 && !(Math.abs(video.currentTime - savedAt) < SAME_PLACE_S);
    };
    const save = (): void => {
      if (!isWorthSaving()) return;
      savedAt = video.currentTime;
      // A lost save is made good by the next one, 10 s later.
      void api
        .PUT("/api/v1/progress/{title_id}", { params: { path: { title_id: titleId } }, body: body() })
        .catch(() => null);
    };
    const saveLast = (): void => {
      if (!isWorthSaving()) return;
      savedAt = video.currentTime;
      sendLast(`/api/v1/progress/${titleId}`, body());
    };

    const timer = window.setInterval(() => !video.paused && save(), SAVE_EVERY_MS);
    video.addEventListener("pause", save);
    video.addEventListener("seeked", save);
    window.addEventListener("pagehide", saveLast);
    return () => {
      window.clearInterval(timer);
      video.removeEventListener("pause", save);
      video.removeEventListener("seeked", save);
      window.removeEventListener("pagehide", saveLast);
      saveLast();
    };
  }, [handle, titleId, session]);
}

/** Lines of the quality on screen, for the server to make the next half minute of; a browser's own player has none. */
function heightOnScreen({ levels, activeLevel }: PlayerState): number | undefined {
  return levels.find(({ id }) => id === activeLevel)?.height;
}

/** Outlives the page: no client in between that would wait for anything first. */
function sendLast(path: string, body: object): void {
  void fetch(path, {
    method: "PUT",
    keepalive: true,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${getAccessToken() ?? ""}` },
    body: JSON.stringify(body),
  }).catch(() => null);
}
