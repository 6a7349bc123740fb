import type { Platform } from "./platform";

export function webPlatform(): Platform {
  let lock: Promise<WakeLockSentinel | null> = Promise.resolve(null);
  return {
    canCopy: window.isSecureContext,
    copyText: (text) => navigator.clipboard.writeText(text),
    keepAwake: async (isNeeded) => {
      if (!("wakeLock" in navigator)) return;
      lock = lock.then((held) => changed(held, isNeeded));
      await lock;
    },
  };
}

/** Browsers take a lock away from a hidden page: a released one is no lock. */
async function changed(held: WakeLockSentinel | null, isNeeded: boolean): Promise<WakeLockSentinel | null> {
  if (isNeeded) return held?.released === false ? held : navigator.wakeLock.request("screen").catch(() => null);
  await held?.release();
  return null;
}
