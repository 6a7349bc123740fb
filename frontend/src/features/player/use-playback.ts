/** Permission to play a film: a signed address that is renewed before it expires. */
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, call } from "@/lib/api";
import type { Playback } from "@/types/schemas";
import { addressOf } from "./engine/hls-engine";

/** Renewed this long before the end, so that no request is ever late. */
const RENEW_BEFORE_MS = 60_000;
const RENEW_AT_LEAST_AFTER_MS = 15_000;

function renewAfterMs(playback: Playback | undefined): number | false {
  if (playback === undefined) return false;
  const left = new Date(playback.expires_at).getTime() - Date.now() - RENEW_BEFORE_MS;
  return Math.max(left, RENEW_AT_LEAST_AFTER_MS);
}

/** `from` says who lets us in: the film's own address, or the room that shows it. */
export function usePlayback(from: { titleId: string } | { roomId: string }) {
  const inRoom = "roomId" in from;
  const id = inRoom ? from.roomId : from.titleId;
  const playback = useQuery({
    queryKey: ["playback", inRoom ? "room" : "title", id],
    queryFn: () =>
      call(
        inRoom
          ? api.POST("/api/v1/rooms/{room_id}/play", { params: { path: { room_id: id } } })
          : api.POST("/api/v1/titles/{title_id}/play", { params: { path: { title_id: id } } }),
      ),
    refetchInterval: (query) => renewAfterMs(query.state.data),
    refetchIntervalInBackground: true,
    refetchOnWindowFocus: false,
    staleTime: RENEW_AT_LEAST_AFTER_MS,
    gcTime: 0,
  });
  const { refetch } = playback;
  /** A fresh address at once; null when nobody gives one. */
  const renewed = useCallback(async (): Promise<string | null> => {
    const { data, isError } = await refetch();
    return isError || data === undefined ? null : addressOf(data);
  }, [refetch]);
  return { playback, renewed };
}
