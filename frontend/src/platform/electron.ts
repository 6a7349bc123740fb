import type { Platform } from "./platform";

declare global {
  interface Window {
    /** Put there by electron/src/preload.ts, and by nothing else. */
    matinee?: Platform;
  }
}

/** The desktop window's platform, or null in a browser. */
export function electronPlatform(): Platform | null {
  return window.matinee ?? null;
}
