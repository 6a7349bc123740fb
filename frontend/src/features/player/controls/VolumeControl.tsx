import { Volume1, Volume2, VolumeX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePlayer, usePlayerState } from "../context";
import { IconButton } from "./IconButton";

export function VolumeControl() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const volume = usePlayerState((state) => (state.isMuted ? 0 : state.volume));
  const icon = volume === 0 ? VolumeX : volume < 0.5 ? Volume1 : Volume2;
  return (
    <div className="group flex items-center">
      <IconButton
        icon={icon}
        label={volume === 0 ? t("player.unmute") : t("player.mute")}
        onClick={actions.toggleMute}
      />
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={volume}
        aria-label={t("player.volume")}
        aria-valuetext={t("player.percent", { value: Math.round(volume * 100) })}
        onChange={(event) => actions.setVolume(event.currentTarget.valueAsNumber)}
        className="hidden h-6 w-20 cursor-pointer accent-accent sm:block"
      />
    </div>
  );
}
