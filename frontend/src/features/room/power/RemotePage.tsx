import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { useStore } from "zustand";
import { Button } from "@/components/ui/Button";
import { useReached } from "../chat/use-reached";
import { EndScreen } from "../EndScreen";
import { ConnectionBanner } from "../overlays/ConnectionBanner";
import { WaitCard } from "../overlays/WaitCard";
import { RoomPanel } from "../RoomPanel";
import { RoomContext, useRoomState, useVisit } from "../use-room";
import { useVoiceVisit, VoiceContext } from "../voice/use-voice";
import { RemoteControls } from "./RemoteControls";
import { UndoButton } from "./UndoButton";
import { WishCards } from "./WishCards";

/** The room without its picture, for a phone in the hand of somebody who watches on a larger screen. */
export function RemotePage({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  const session = useVisit(roomId, true);
  const voice = useVoiceVisit(session, roomId);
  const connection = useStore(session.store, (state) => state.connection);
  const room = useStore(session.store, (state) => state.room);

  if (connection.status === "closed") {
    return <EndScreen code={connection.code} why={connection.why} onComeBack={() => session.comeBack()} />;
  }
  if (room === null) {
    return (
      <main className="flex h-dvh items-center justify-center bg-film text-on-film-muted">
        <p role="status">{t("room.entering")}</p>
      </main>
    );
  }
  return (
    <RoomContext value={session}>
      <VoiceContext value={voice}>
        <Remote roomId={roomId} />
      </VoiceContext>
    </RoomContext>
  );
}

/** Inside a visit, whichever page it belongs to. */
export function Remote({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  const name = useRoomState((state) => state.room?.title.name ?? "");
  const isRoleOnly = useRoomState((state) => state.you?.role === "companion");
  useNotices();
  useReached();
  return (
    <main className="flex h-dvh flex-col overflow-hidden bg-film lg:flex-row landscape:flex-row">
      <title>{`${name} · ${t("power.remote")}`}</title>
      <section className="relative flex shrink-0 flex-col gap-4 px-4 pt-4 pb-5 text-on-film lg:min-w-0 lg:flex-1 lg:overflow-y-auto landscape:min-w-0 landscape:flex-1 landscape:overflow-y-auto">
        <header className="flex items-center gap-3">
          <div className="min-w-0 flex-1">
            <h1 className="title truncate text-lg leading-tight">{name}</h1>
            <p className="text-on-film-muted text-xs">{t("power.remote_text")}</p>
          </div>
          {!isRoleOnly && (
            <Button variant="film" size="sm" asChild>
              <Link to="/room/$id" params={{ id: roomId }}>
                {t("power.open_film")}
              </Link>
            </Button>
          )}
        </header>
        <div className="mx-auto flex w-full max-w-xl flex-col gap-4 lg:my-auto landscape:my-auto">
          <RemoteControls />
          <div className="flex flex-col items-center gap-2">
            <WaitCard />
            <WishCards />
            <UndoButton />
          </div>
        </div>
        <div className="pointer-events-none absolute inset-x-0 top-14 z-20 flex justify-center px-4">
          <ConnectionBanner />
        </div>
      </section>
      <RoomPanel />
    </main>
  );
}

function useNotices(): void {
  const notice = useRoomState((state) => state.notice);
  useEffect(() => {
    if (notice !== null) toast.error(notice.text);
  }, [notice]);
}
