import { useEffect, useState } from "react";
import { useRoomSession } from "../use-room";

const EVERY_MS = 250;

/** Room time in ms, read again and again while `isRunning` and until it is `untilMs`; null before the clock is known. */
export function useRoomTick(isRunning: boolean, untilMs = Number.POSITIVE_INFINITY): number | null {
  const session = useRoomSession();
  const [now, setNow] = useState(() => session.roomNow());
  useEffect(() => {
    if (!isRunning) return;
    const read = (): void => {
      const next = session.roomNow();
      setNow(next);
      if (next !== null && next > untilMs) window.clearInterval(timer);
    };
    const timer = window.setInterval(read, EVERY_MS);
    read();
    return () => window.clearInterval(timer);
  }, [isRunning, untilMs, session]);
  return now;
}
