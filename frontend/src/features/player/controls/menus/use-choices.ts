/** Qualities and sound tracks as a menu shows them. */
import { useTranslation } from "react-i18next";
import { usePlayerState } from "../../context";
import { AUTO_LEVEL, type QualityLevel } from "../../engine/engine";
import type { Choice } from "./Menu";

const STEREO = 2;

/** Best first; two rungs of one height (the upload and our own) stay two. */
export function sortedLevels(levels: readonly QualityLevel[]): QualityLevel[] {
  return [...levels].sort((a, b) => b.height - a.height || b.kbps - a.kbps);
}

export function useLevelChoices(): Choice<number>[] {
  const { t } = useTranslation();
  const levels = usePlayerState((state) => state.levels);
  const level = usePlayerState((state) => state.level);
  const active = usePlayerState((state) => state.levels.find(({ id }) => id === state.activeLevel));
  const auto = level === AUTO_LEVEL && active ? t("player.auto_now", { height: active.height }) : t("player.auto");
  const rungs = sortedLevels(levels).map(({ id, height, kbps, isSource }) => ({
    value: id,
    label: isSource ? t("player.level_source", { height }) : t("player.level", { height }),
    note: t("player.mbps", { mbps: (kbps / 1000).toFixed(1) }),
  }));
  return levels.length > 0 ? [{ value: AUTO_LEVEL, label: auto }, ...rungs] : [];
}

export function useAudioChoices(): Choice<number>[] {
  const audio = usePlayerState((state) => state.audio);
  return audio.map(({ id, name, channels }) => ({
    value: id,
    label: name,
    ...(channels > STEREO ? { note: `${channels - 1}.1` } : {}),
  }));
}
