import { useMemo } from "react";
import { randomId } from "@/lib/random-id";
import type { You } from "@/types/frames.gen";
import { useRoomSession, useRoomState } from "../use-room";

export interface QueueWishes {
  add: (title: string) => void;
  remove: (qid: string) => void;
  /** In front of `before`; null: last. */
  move: (qid: string, before: string | null) => void;
  vote: (qid: string, on: boolean) => void;
  playNow: (title: string) => void;
  skip: () => void;
  stay: () => void;
}

/** What a person wants of the queue, as frames. The server answers with the whole queue, or says why not. */
export function useQueueWishes(): QueueWishes {
  const session = useRoomSession();
  return useMemo(
    () => ({
      add: (title) => session.tell({ t: "q.add", cid: randomId(), title }),
      remove: (qid) => session.tell({ t: "q.del", cid: randomId(), qid }),
      move: (qid, before) =>
        session.tell({ t: "q.move", cid: randomId(), qid, ...(before === null ? {} : { before }) }),
      vote: (qid, on) => session.tell({ t: "q.vote", cid: randomId(), qid, on }),
      playNow: (item) => session.command({ op: "item", item }),
      skip: () => session.tell({ t: "q.skip", cid: randomId(), base: session.store.getState().timeline?.rev ?? 0 }),
      stay: () => session.tell({ t: "q.stay", cid: randomId() }),
    }),
    [session],
  );
}

export function useMay(permission: You["can"][number]): boolean {
  return useRoomState((state) => state.you?.can.includes(permission) ?? false);
}
