import { Mic } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/features/player/controls/IconButton";
import { useRoomState } from "../use-room";
import { useVoice, useVoiceState } from "./use-voice";

/** In and out of the voice chat, also while the panel is closed. */
export function VoiceButton() {
  const { t } = useTranslation();
  const voice = useVoice();
  const mayTalk = useRoomState((state) => state.you?.can.includes("voice") ?? false);
  const status = useVoiceState((state) => state.status);
  if (!mayTalk) return null;
  return (
    <IconButton
      icon={Mic}
      label={status === "off" ? t("voice.join") : t("voice.leave")}
      aria-pressed={status !== "off"}
      onClick={() => (status === "off" ? void voice.join() : voice.leave())}
    />
  );
}
