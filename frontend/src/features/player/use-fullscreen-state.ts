import { useEffect } from "react";
import type { PlayerHandle } from "./context";

export function useFullscreenState(handle: PlayerHandle | null): void {
  useEffect(() => {
    if (handle === null) return;
    const read = (): void => handle.store.setState({ isFullscreen: document.fullscreenElement === handle.stage });
    document.addEventListener("fullscreenchange", read);
    return () => document.removeEventListener("fullscreenchange", read);
  }, [handle]);
}
