import { useEffect } from "react";
import { useRoomSession } from "../use-room";
import { reach } from "./spoilers";

const LOOK_EVERY_MS = 1_000;

/** Follows how far this visit has come on the film, for the spoiler guard. */
export function useReached(): void {
  const session = useRoomSession();
  useEffect(() => {
    const look = (): void => {
      const { timeline } = session.store.getState();
      const positionS = session.expected() ?? (timeline === null ? 0 : timeline.position_ms / 1000);
      reach(session.store, positionS);
    };
    look();
    const timer = window.setInterval(look, LOOK_EVERY_MS);
    const stopHearing = session.on("welcome", look);
    return () => {
      window.clearInterval(timer);
      stopHearing();
    };
  }, [session]);
}
