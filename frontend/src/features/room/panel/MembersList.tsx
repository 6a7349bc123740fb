import { UserMinus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import type { Member } from "@/types/frames.gen";
import { canKick } from "../members";
import { HostPanel } from "../power/HostPanel";
import { RemoteLink } from "../power/RemoteLink";
import { RoleMenu } from "../power/RoleMenu";
import { ReadyCheck } from "../queue/ReadyCheck";
import { useRoomSession, useRoomState } from "../use-room";
import { SpeakingAvatar, VoiceVolume } from "../voice/VoiceMember";
import { CloseRoom } from "./CloseRoom";
import { WaitForMe } from "./WaitForMe";

const TONE = {
  playing: "good",
  buffering: "accent",
  away: "neutral",
  reconnecting: "accent",
  left: "neutral",
} as const;

/** Asks once more in place: a slip of the finger must not throw a friend out. */
function KickButton({ member }: { member: Member }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const [isSure, setSure] = useState(false);
  const label = t("room.kick", { name: member.name });
  if (isSure) {
    return (
      <Button
        variant="danger"
        size="sm"
        ref={(element) => element?.focus()}
        onClick={() => session.kick(member.id)}
        onBlur={() => setSure(false)}
      >
        {t("room.kick_sure")}
      </Button>
    );
  }
  return (
    <Button variant="ghost" size="icon" aria-label={label} title={label} onClick={() => setSure(true)}>
      <UserMinus aria-hidden className="size-4" />
    </Button>
  );
}

function MemberRow({ member }: { member: Member }) {
  const { t } = useTranslation();
  const isYou = useRoomState((state) => state.you?.id === member.id);
  const canBeKicked = useRoomState((state) => canKick(state.you, member));
  const isStandIn = useRoomState((state) => state.rules?.host === member.id);
  const notes = [
    member.role === "member" ? "" : t(`room.role.${member.role}`),
    isStandIn ? t("power.stands_in") : "",
    member.companion ? t("power.companion") : "",
  ].filter((note) => note !== "");
  return (
    <li className="flex flex-wrap items-center gap-3 px-4 py-2.5">
      <SpeakingAvatar id={member.id} name={member.name} />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-sm">
          {member.name}
          {isYou && <span className="font-normal text-muted"> {t("room.you")}</span>}
        </p>
        {notes.length > 0 && <p className="text-muted text-xs">{notes.join(" · ")}</p>}
      </div>
      <Badge tone={TONE[member.state]}>{t(`room.state.${member.state}`)}</Badge>
      <div className="flex basis-full items-center justify-end gap-2 empty:hidden">
        <VoiceVolume id={member.id} name={member.name} />
        <RoleMenu member={member} />
        {canBeKicked && <KickButton member={member} />}
      </div>
    </li>
  );
}

export function MembersList() {
  const members = useRoomState((state) => state.members);
  const session = useRoomSession();
  const isOwner = useRoomState((state) => state.you?.role === "owner");
  const hasPicture = useRoomState(() => !session.isWithoutPicture());
  return (
    <>
      <ReadyCheck />
      <HostPanel />
      {hasPicture && <WaitForMe />}
      <MemberRows members={members} />
      {hasPicture && <RemoteLink />}
      {isOwner && <CloseRoom />}
    </>
  );
}

function MemberRows({ members }: { members: Member[] }) {
  return (
    <ul data-testid="members" className="divide-y divide-line">
      {members.map((member) => (
        <MemberRow key={member.id} member={member} />
      ))}
    </ul>
  );
}
