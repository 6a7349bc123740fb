import { useEffect } from "react";
import { platform } from "@/platform";
import type { PlayerHandle } from "./context";

/** The screen stays on while the film runs and can be seen. */
export function useWakeLock(handle: PlayerHandle | null): void {
  useEffect(() => {
    if (handle === null) return;
    const hold = (): void => {
      const isNeeded = !handle.store.getState().isPaused && document.visibilityState === "visible";
      void platform.keepAwake(isNeeded);
    };
    const unsubscribe = handle.store.subscribe((state, before) => {
      if (state.isPaused !== before.isPaused) hold();
    });
    document.addEventListener("visibilitychange", hold);
    return () => {
      unsubscribe();
      document.removeEventListener("visibilitychange", hold);
      void platform.keepAwake(false);
    };
  }, [handle]);
}
