import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { cx } from "@/components/ui/cx";
import type { Transport } from "@/features/player/actions";
import type { PlayerHandle } from "@/features/player/context";
import type { AskForAddress } from "@/features/player/engine/engine";
import { Player } from "@/features/player/Player";
import { useProgress } from "@/features/player/use-progress";
import type { RoomBody } from "@/types/frames.gen";
import type { Playback } from "@/types/schemas";
import { FloatingReactions } from "./chat/FloatingReactions";
import { useReached } from "./chat/use-reached";
import { BlockedOverlay } from "./overlays/BlockedOverlay";
import { ConnectionBanner } from "./overlays/ConnectionBanner";
import { EventChip } from "./overlays/EventChip";
import { WaitOverlay } from "./overlays/WaitOverlay";
import { RoomHeader } from "./RoomHeader";
import { RoomPanel } from "./RoomPanel";
import { useRoomSession, useRoomState } from "./use-room";

/** The film's place while the panel is open: above it on a phone held upright, else beside it. */
const SHARED =
  "h-[38dvh] w-full shrink-0 lg:h-full lg:w-auto lg:flex-1 landscape:h-full landscape:w-auto landscape:flex-1";

interface RoomScreenProps {
  playback: Playback;
  room: RoomBody;
  onExpired: AskForAddress;
}

export function RoomScreen({ playback, room, onExpired }: RoomScreenProps) {
  const session = useRoomSession();
  const [handle, setHandle] = useState<PlayerHandle | null>(null);
  const [startPosition] = useState(() => session.expected() ?? 0);
  const [isPanelOpen, setPanelOpen] = useState(true);
  const isGuest = useRoomState((state) => state.you?.guest ?? true);
  const makeTransport = useRoomTransport();
  const onReady = useCallback(
    (next: PlayerHandle | null) => {
      setHandle(next);
      if (next === null) session.detach();
      else session.attach(next.video);
    },
    [session],
  );
  useProgress(handle, isGuest ? null : room.title.id);
  useNotices();
  useReached();

  return (
    <main className="flex h-dvh flex-col overflow-hidden bg-film lg:flex-row landscape:flex-row">
      <title>{`${room.name} · Matinee`}</title>
      <Player
        className={cx("min-w-0", isPanelOpen ? SHARED : "h-full flex-1")}
        playback={playback}
        name={room.title.name}
        startPosition={startPosition}
        makeTransport={makeTransport}
        onExpired={onExpired}
        uploadTo={isGuest ? null : room.title.id}
        onReady={onReady}
        header={<RoomHeader isPanelOpen={isPanelOpen} onTogglePanel={() => setPanelOpen(!isPanelOpen)} />}
      >
        <ConnectionBanner />
        <FloatingReactions roomId={room.id} />
        <EventChip isPanelOpen={isPanelOpen} />
        <WaitOverlay />
        <BlockedOverlay />
      </Player>
      {isPanelOpen && <RoomPanel />}
    </main>
  );
}

/** What people do to the film becomes commands; the timeline that comes back moves it. */
function useRoomTransport(): (video: HTMLVideoElement) => Transport {
  const session = useRoomSession();
  const mayPlayPause = useRoomState((state) => state.you?.can.includes("play_pause") ?? false);
  const maySeek = useRoomState((state) => state.you?.can.includes("seek") ?? false);
  const mayRate = useRoomState((state) => state.you?.can.includes("rate") ?? false);
  return useMemo(() => {
    const transport: Transport = {
      can: { playPause: mayPlayPause, seek: maySeek, rate: mayRate },
      play: () => session.command({ op: "play" }),
      pause: () => session.command({ op: "pause" }),
      seek: (position) => session.command({ op: "seek", position }),
      setRate: (rate) => session.command({ op: "rate", rate }),
      isPaused: () => session.store.getState().timeline?.playing !== true,
    };
    return () => transport;
  }, [session, mayPlayPause, maySeek, mayRate]);
}

function useNotices(): void {
  const { t } = useTranslation();
  const notice = useRoomState((state) => state.notice);
  const isStruggling = useRoomState((state) => state.isStruggling);
  useEffect(() => {
    if (notice !== null) toast.error(notice.text);
  }, [notice]);
  useEffect(() => {
    if (isStruggling) toast.warning(t("room.struggling"));
  }, [isStruggling, t]);
}
