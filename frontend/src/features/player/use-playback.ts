/** Permission to play a film: a signed address that is renewed before it expires. */
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { ApiError, api, call } from "@/lib/api";
import type { Playback } from "@/types/schemas";
import type { Problem, Renewal } from "./engine/engine";
import { addressOf, sessionName } from "./engine/hls-engine";

/** A signature lives ten minutes; counted here from its arrival, because the clock of this device may be wrong. */
const RENEW_AFTER_MS = 9 * 60_000;
const ASK_AGAIN_MS = 15_000;
/** Whoever was refused is not let in a moment later. */
const REFUSED_AGAIN_MS = 5 * 60_000;
const BAD_REQUEST = 400;
const SERVER_FAULT = 500;
const REASONS: Readonly<Record<number, Problem>> = {
  401: "expired",
  403: "forbidden",
  404: "missing",
  409: "not_ready",
  410: "missing",
  429: "busy",
};

function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status >= BAD_REQUEST && error.status < SERVER_FAULT;
}

/** Why nobody gave an address; everything but an answer that says so is a matter of the line. */
export function reasonOf(error: unknown): Problem {
  return isRefusal(error) ? (REASONS[error.status] ?? "forbidden") : "network";
}

/** When to ask for the next address by itself. */
export function renewAfterMs({ data, error }: { data: Playback | undefined; error: unknown }): number | false {
  if (data === undefined) return false;
  if (error === null) return RENEW_AFTER_MS;
  return isRefusal(error) ? REFUSED_AGAIN_MS : ASK_AGAIN_MS;
}

export function roomPlaybackKey(roomId: string): readonly string[] {
  return ["playback", "room", roomId];
}

/**
 * `from` says who lets us in: the film's own address, or the room that shows it. `startAt` is where the film will be
 * opened, in seconds: the server begins with what is missing there. Nothing is asked before `isReady`.
 */
export function usePlayback(
  from: { titleId: string; startAt: number | undefined; isReady: boolean } | { roomId: string },
) {
  const inRoom = "roomId" in from;
  const id = inRoom ? from.roomId : from.titleId;
  const playback = useQuery({
    queryKey: inRoom ? roomPlaybackKey(id) : ["playback", "title", id],
    queryFn: ({ client, queryKey }) => {
      const session = sessionName();
      const isOpening = client.getQueryData(queryKey) === undefined;
      if (inRoom) {
        const params = { path: { room_id: id } };
        const body = isOpening ? { session } : {};
        return call(api.POST("/api/v1/rooms/{room_id}/play", { params, body }));
      }
      const place = isOpening && from.startAt !== undefined ? { position_s: from.startAt } : {};
      const body = { ...place, session };
      return call(api.POST("/api/v1/titles/{title_id}/play", { params: { path: { title_id: id } }, body }));
    },
    enabled: inRoom || from.isReady,
    refetchInterval: (query) => renewAfterMs(query.state),
    refetchIntervalInBackground: true,
    refetchOnWindowFocus: false,
    staleTime: ASK_AGAIN_MS,
    gcTime: 0,
  });
  const { refetch } = playback;
  /** A fresh address at once, or why there is none. */
  const renewed = useCallback(async (): Promise<Renewal> => {
    const { data, isError, error } = await refetch();
    return isError || data === undefined ? { problem: reasonOf(error) } : { address: addressOf(data) };
  }, [refetch]);
  return { playback, renewed };
}
