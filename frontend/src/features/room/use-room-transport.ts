import { useMemo } from "react";
import { type Transport, watchElement } from "@/features/player/actions";
import { useCommands } from "./power/use-commands";
import { meaningOf, type Press } from "./press";
import { useRoomSession } from "./use-room";

/** The button changes with the room's time too: when a start is overdue, and at the end of the film. */
const LOOK_EVERY_MS = 250;

/** What people do to the film becomes commands; the timeline that comes back moves it. */
export function useRoomTransport(): (video: HTMLVideoElement) => Transport {
  const session = useRoomSession();
  const { ways, send } = useCommands();
  return useMemo(() => {
    const press = (video: HTMLVideoElement): Press => meaningOf(session.store.getState(), session.roomNow(), video);
    return (video) => ({
      isShared: true,
      can: { playPause: ways.play !== null, seek: ways.seek !== null, rate: ways.rate !== null },
      play: () => {
        const meaning = press(video);
        if (session.store.getState().isBlocked) session.unblock();
        if (meaning === "play") send({ op: "play" });
      },
      pause: () => send({ op: "pause" }),
      seek: (position) => send({ op: "seek", position }),
      setRate: (rate) => send({ op: "rate", rate }),
      offersPlay: () => press(video) !== "pause",
      watchOffer: (onChange) => {
        const timer = window.setInterval(onChange, LOOK_EVERY_MS);
        const ends = [watchElement(video, onChange), session.store.subscribe(onChange)];
        return () => {
          window.clearInterval(timer);
          for (const end of ends) end();
        };
      },
    });
  }, [session, ways, send]);
}
