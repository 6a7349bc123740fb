import { MessageSquare, UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/features/player/controls/IconButton";
import { BackButton } from "@/features/player/overlays/BackButton";
import { InviteDialog } from "./InviteDialog";
import { SyncBadge } from "./SyncBadge";
import { useRoomState } from "./use-room";
import { VoiceButton } from "./voice/VoiceButton";

interface RoomHeaderProps {
  isPanelOpen: boolean;
  onTogglePanel: () => void;
}

export function RoomHeader({ isPanelOpen, onTogglePanel }: RoomHeaderProps) {
  const { t } = useTranslation();
  const room = useRoomState((state) => state.room);
  const isGuest = useRoomState((state) => state.you?.guest ?? true);
  const mayInvite = useRoomState((state) => state.you?.can.includes("invite") ?? false);
  const company = useRoomState((state) => t("room.company", { count: state.members.length }));
  const isFresh = useRoomState((state) => state.members.length < 2 && state.timeline?.cause === "created");
  const [isInviting, setInviting] = useState(mayInvite && isFresh);
  if (room === null) return null;
  return (
    <>
      {!isGuest && room.title.id !== null && <BackButton titleId={room.title.id} />}
      <div className="min-w-0 flex-1">
        <h1 className="title truncate text-lg leading-tight">{room.title.name}</h1>
        <p className="truncate text-on-film-muted text-xs">{room.name === room.title.name ? company : room.name}</p>
      </div>
      <SyncBadge />
      <VoiceButton />
      {mayInvite && <IconButton icon={UserPlus} label={t("room.invite")} onClick={() => setInviting(true)} />}
      <IconButton
        icon={MessageSquare}
        label={isPanelOpen ? t("room.hide_chat") : t("room.show_chat")}
        aria-pressed={isPanelOpen}
        onClick={onTogglePanel}
      />
      {mayInvite && <InviteDialog roomId={room.id} isOpen={isInviting} onOpenChange={setInviting} />}
    </>
  );
}
