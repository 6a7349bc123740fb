import { useCallback, useEffect, useState } from "react";
import type { PlayerHandle } from "@/features/player/context";
import type { AskForAddress } from "@/features/player/engine/engine";
import { Player } from "@/features/player/Player";
import { useProgress } from "@/features/player/use-progress";
import type { TitleCard } from "@/types/frames.gen";
import type { Playback } from "@/types/schemas";
import { FloatingReactions } from "./chat/FloatingReactions";
import { useReached } from "./chat/use-reached";
import { BlockedOverlay } from "./overlays/BlockedOverlay";
import { ConnectionBanner } from "./overlays/ConnectionBanner";
import { EventChip } from "./overlays/EventChip";
import { OverPicture } from "./overlays/OverPicture";
import { WaitCard } from "./overlays/WaitCard";
import { PowerOverlay } from "./power/PowerOverlay";
import { NextOverlay } from "./queue/NextOverlay";
import { ReadyOverlay } from "./queue/ReadyCheck";
import { StartCountdown } from "./queue/StartCountdown";
import { RoomHeader } from "./RoomHeader";
import { PlannedStart } from "./schedule/PlannedStart";
import { useRoomSession, useRoomState } from "./use-room";
import { useRoomTransport } from "./use-room-transport";
import { useStepDown } from "./use-step-down";
import { useVoiceWithFilm } from "./voice/use-voice";

interface RoomPlayerProps {
  playback: Playback;
  roomId: string;
  title: TitleCard;
  onExpired: AskForAddress;
  isPanelOpen: boolean;
  onTogglePanel: () => void;
  className: string;
}

/** One film of the room; the next one gets a player of its own. */
export function RoomPlayer({
  playback,
  roomId,
  title,
  onExpired,
  isPanelOpen,
  onTogglePanel,
  className,
}: RoomPlayerProps) {
  const session = useRoomSession();
  const [handle, setHandle] = useState<PlayerHandle | null>(null);
  const [beginning] = useState(() => session.store.getState().timeline);
  // The room may already be at the next film while this one's last place is saved.
  const titleId = beginning?.item ?? title.id;
  const [startPosition] = useState(() => session.expected() ?? (beginning?.position_ms ?? 0) / 1000);
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
  useEffect(() => () => session.detach(), [session]);
  useProgress(handle, isGuest ? null : titleId);
  useStepDown(handle);
  useVoiceWithFilm(handle);
  useReached();
  return (
    <Player
      className={className}
      playback={playback}
      name={title.name}
      startPosition={startPosition}
      makeTransport={makeTransport}
      onExpired={onExpired}
      uploadTo={isGuest ? null : titleId}
      onReady={onReady}
      header={<RoomHeader isPanelOpen={isPanelOpen} onTogglePanel={onTogglePanel} />}
    >
      <FloatingReactions roomId={roomId} />
      <OverPicture
        top={
          <>
            <ConnectionBanner />
            <PlannedStart />
            <PowerOverlay />
          </>
        }
        bottom={
          <>
            <EventChip isPanelOpen={isPanelOpen} />
            <WaitCard />
            <NextOverlay />
            <ReadyOverlay />
          </>
        }
      />
      <StartCountdown />
      <BlockedOverlay />
    </Player>
  );
}
