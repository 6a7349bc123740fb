import { useQueryClient } from "@tanstack/react-query";
import { useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { ErrorState } from "@/components/ui/States";
import { roomPlaybackKey, usePlayback } from "@/features/player/use-playback";
import { EndScreen } from "./EndScreen";
import { Remote } from "./power/RemotePage";
import { RoomScreen } from "./RoomScreen";
import { RoomContext, useVisit } from "./use-room";
import { useVoiceVisit, VoiceContext } from "./voice/use-voice";

export function RoomPage({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  const session = useVisit(roomId);
  const voice = useVoiceVisit(session, roomId);
  const film = usePlayback({ roomId });
  const connection = useStore(session.store, (state) => state.connection);
  const item = useStore(session.store, (state) => state.timeline?.item ?? null);
  const room = useStore(session.store, (state) => state.room);
  const isCompanion = useStore(session.store, (state) => state.you?.role === "companion");
  useNextFilm(roomId, item);

  if (connection.status === "closed") {
    return <EndScreen code={connection.code} why={connection.why} onComeBack={() => session.comeBack()} />;
  }
  if (isCompanion) {
    return (
      <RoomContext value={session}>
        <VoiceContext value={voice}>
          <Remote roomId={roomId} />
        </VoiceContext>
      </RoomContext>
    );
  }
  const { isError, data, error, refetch } = film.playback;
  if (room === null && isError && data === undefined) {
    return (
      <main className="flex min-h-dvh items-center justify-center">
        <ErrorState error={error} onRetry={() => void refetch()} />
      </main>
    );
  }
  if (item === null || room === null) {
    return (
      <main className="flex h-dvh items-center justify-center bg-film text-on-film-muted">
        <p role="status">{t("room.entering")}</p>
      </main>
    );
  }
  return (
    <RoomContext value={session}>
      <VoiceContext value={voice}>
        <RoomScreen film={film} room={room} />
      </VoiceContext>
    </RoomContext>
  );
}

/** The room has moved to another film: what let us in to the last one is forgotten, and asked for anew. */
function useNextFilm(roomId: string, item: string | null): void {
  const client = useQueryClient();
  const known = useRef<string | null>(null);
  useLayoutEffect(() => {
    const isAnother = known.current !== null && item !== null && known.current !== item;
    known.current = item ?? known.current;
    if (isAnother) void client.resetQueries({ queryKey: roomPlaybackKey(roomId) });
  }, [client, roomId, item]);
}
