import { useEffect, useState } from "react";
import { useRoomSession } from "../use-room";

const LOOK_EVERY_MS = 100;

/** Whole seconds of room time until `atMs`, counted up; null when it is not known, or over. */
export function useSecondsUntil(atMs: number | null): number | null {
  const session = useRoomSession();
  const [left, setLeft] = useState<number | null>(null);
  useEffect(() => {
    const read = (): void => {
      const now = session.roomNow();
      setLeft(atMs === null || now === null || now >= atMs ? null : Math.ceil((atMs - now) / 1000));
    };
    read();
    if (atMs === null) return;
    const timer = window.setInterval(read, LOOK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [atMs, session]);
  return left;
}
