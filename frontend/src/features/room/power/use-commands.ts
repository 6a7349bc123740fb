import { useMemo } from "react";
import { randomId } from "@/lib/random-id";
import type { Cmd } from "@/types/frames.gen";
import { useRoomSession, useRoomState } from "../use-room";
import { type Op, type Way, wayOf } from "./ways";

type FilmOp = Exclude<Op, "item">;
type Wish = Pick<Cmd, "position" | "rate"> & { op: FilmOp };

export interface Commands {
  /** Null for what this person can neither do nor ask for. */
  ways: Readonly<Record<"play" | "seek" | "rate" | "item", Way | null>>;
  send: (wish: Wish) => void;
}

function useWay(op: Op): Way | null {
  return useRoomState(({ you, rules }) => wayOf(op, you?.can ?? [], rules?.preset ?? "friends"));
}

/** What people do to the film becomes a command, or a question to the host where they may only ask. */
export function useCommands(): Commands {
  const session = useRoomSession();
  const play = useWay("play");
  const seek = useWay("seek");
  const rate = useWay("rate");
  const item = useWay("item");
  return useMemo(() => {
    const way: Readonly<Record<FilmOp, Way | null>> = { play, pause: play, seek, rate, undo: seek };
    const send = (wish: Wish): void => {
      if (way[wish.op] !== "ask") session.command(wish);
      else session.tell({ t: "ask", cid: randomId(), base: session.store.getState().timeline?.rev ?? 0, ...wish });
    };
    return { ways: { play, seek, rate, item }, send };
  }, [session, play, seek, rate, item]);
}
