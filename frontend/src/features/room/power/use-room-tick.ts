import { useEffect, useState } from "react";
import { useRoomSession } from "../use-room";

const EVERY_MS = 250;

/** Room time in ms, read again and again while `isRunning`; 0 before the clock is known. */
export function useRoomTick(isRunning: boolean): number {
  const session = useRoomSession();
  const [now, setNow] = useState(() => session.roomNow() ?? 0);
  useEffect(() => {
    if (!isRunning) return;
    const read = (): void => setNow(session.roomNow() ?? 0);
    read();
    const timer = window.setInterval(read, EVERY_MS);
    return () => window.clearInterval(timer);
  }, [isRunning, session]);
  return now;
}
