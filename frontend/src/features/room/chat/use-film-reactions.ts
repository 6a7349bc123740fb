import { useEffect, useRef, useState } from "react";
import { usePlayer } from "@/features/player/context";
import { api, call } from "@/lib/api";
import type { Burst } from "@/types/frames.gen";
import type { Emoji } from "../feed";
import { useRoomSession } from "../use-room";
import { addBursts, dueBetween, type FilmReactions, iconsOf, moodsOf } from "./film-reactions";

export interface Icon {
  id: number;
  emoji: Emoji;
}

/** As many as a picture bears at once. */
const MOST_ICONS = 24;
/** Somebody who reacts is at most so far ahead of us. */
const NEAR_S = 5;
const FADE_MS = 3_000;

/** Icons to show over the picture now: of people who react at this moment, and of those who did here earlier. */
export function useFilmReactions(roomId: string): Icon[] {
  const session = useRoomSession();
  const { store } = usePlayer();
  const [icons, show] = useIcons();
  const known = useRef<FilmReactions>(new Map());
  const playedToS = useRef(0);

  useEffect(() => {
    const learn = (bursts: readonly Burst[], before: FilmReactions): void => {
      known.current = addBursts(before, bursts);
      store.setState(({ duration }) => ({ moods: moodsOf(known.current, duration) }));
    };
    const read = async (): Promise<void> => {
      const { reactions } = await call(
        api.GET("/api/v1/rooms/{room_id}/reactions", { params: { path: { room_id: roomId } } }),
      );
      learn(reactions, new Map());
    };
    const readAgain = (): void => void read().catch(() => null); // the next visit shows them
    readAgain();
    const stopHearing = session.on("reacts", ({ m }) => {
      learn(m, known.current);
      show(iconsOf(m));
      const newest = Math.max(...m.map(({ mt }) => mt));
      if (newest - playedToS.current < NEAR_S) playedToS.current = Math.max(playedToS.current, newest);
    });
    const stopGreeting = session.on("welcome", readAgain);
    return () => {
      stopHearing();
      stopGreeting();
    };
  }, [roomId, session, store, show]);

  useEffect(
    () =>
      store.subscribe(({ time }) => {
        const due = dueBetween(known.current, playedToS.current, time);
        const isWaitingForPlace = playedToS.current > time && playedToS.current - time < NEAR_S;
        if (!isWaitingForPlace) playedToS.current = time;
        if (due.length > 0) show(iconsOf(due));
      }),
    [store, show],
  );
  return icons;
}

function useIcons(): [Icon[], (emojis: readonly Emoji[]) => void] {
  const [icons, setIcons] = useState<Icon[]>([]);
  const [show] = useState(() => {
    let next = 0;
    return (emojis: readonly Emoji[]): void => {
      const fresh = emojis.map((emoji) => ({ id: next++, emoji }));
      setIcons((before) => [...before, ...fresh].slice(-MOST_ICONS));
      window.setTimeout(() => setIcons((before) => before.filter((icon) => !fresh.includes(icon))), FADE_MS);
    };
  });
  return [icons, show];
}
