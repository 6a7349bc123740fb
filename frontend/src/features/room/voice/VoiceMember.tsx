import { useTranslation } from "react-i18next";
import { Avatar } from "@/components/ui/Avatar";
import { cx } from "@/components/ui/cx";
import { useRoomState } from "../use-room";
import { useVoice, useVoiceState } from "./use-voice";

interface VoiceMemberProps {
  id: string;
  name: string;
}

/** Somebody's letters, with a ring around them while they speak. */
export function SpeakingAvatar({ id, name }: VoiceMemberProps) {
  const { t } = useTranslation();
  const isTalking = useVoiceState(({ who }) => who.some((talker) => talker.id === id && talker.talking));
  return (
    <span data-testid={`speaking-${id}`} data-talking={isTalking || undefined} className="inline-flex">
      <Avatar
        name={name}
        className={cx(isTalking && "ring-2 ring-good ring-offset-2 ring-offset-ground motion-safe:transition-shadow")}
      />
      {isTalking && <span className="sr-only">{t("voice.speaks", { name })}</span>}
    </span>
  );
}

/** How loud we hear somebody who is in the voice chat with us. */
export function VoiceVolume({ id, name }: VoiceMemberProps) {
  const { t } = useTranslation();
  const voice = useVoice();
  const isYou = useRoomState((state) => state.you?.id === id);
  const isHeard = useVoiceState(({ status, who }) => status === "on" && who.some((talker) => talker.id === id));
  const volume = useVoiceState(({ volumes }) => volumes[id] ?? 1);
  if (isYou || !isHeard) return null;
  return (
    <input
      type="range"
      min={0}
      max={1}
      step={0.05}
      value={volume}
      aria-label={t("voice.volume_of", { name })}
      aria-valuetext={t("player.percent", { value: Math.round(volume * 100) })}
      onChange={(event) => voice.setVolume(id, event.currentTarget.valueAsNumber)}
      className="h-6 w-16 cursor-pointer accent-accent"
    />
  );
}
