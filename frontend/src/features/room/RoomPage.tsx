import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { ErrorState } from "@/components/ui/States";
import { usePlayback } from "@/features/player/use-playback";
import { EndScreen } from "./EndScreen";
import { Remote } from "./power/RemotePage";
import { RoomScreen } from "./RoomScreen";
import { RoomContext, useVisit } from "./use-room";

export function RoomPage({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  const session = useVisit(roomId);
  const { playback, renewed } = usePlayback({ roomId });
  const connection = useStore(session.store, (state) => state.connection);
  const timeline = useStore(session.store, (state) => state.timeline);
  const room = useStore(session.store, (state) => state.room);
  const isCompanion = useStore(session.store, (state) => state.you?.role === "companion");

  if (connection.status === "closed") {
    return <EndScreen code={connection.code} why={connection.why} onComeBack={() => session.comeBack()} />;
  }
  if (isCompanion) {
    return (
      <RoomContext value={session}>
        <Remote roomId={roomId} />
      </RoomContext>
    );
  }
  if (playback.isError && playback.data === undefined) {
    return (
      <main className="flex min-h-dvh items-center justify-center">
        <ErrorState error={playback.error} onRetry={() => void playback.refetch()} />
      </main>
    );
  }
  if (playback.data === undefined || timeline === null || room === null) {
    return (
      <main className="flex h-dvh items-center justify-center bg-film text-on-film-muted">
        <p role="status">{t("room.entering")}</p>
      </main>
    );
  }
  return (
    <RoomContext value={session}>
      <RoomScreen playback={playback.data} room={room} onExpired={renewed} />
    </RoomContext>
  );
}
