import { LoaderCircle, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useOffersPlay, usePlayer, usePlayerState } from "../context";

/** Words come this much later than the wheel: most waits are over by then. */
const WORDS_AFTER_MS = 1_000;

/** In the middle of the picture: what is being waited for, or the big play button. */
export function CentreSign() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const offersPlay = useOffersPlay();
  const isBusy = usePlayerState((state) => (state.isWaiting && !offersPlay) || !state.hasPicture);
  if (isBusy) return <Waiting />;
  if (!offersPlay || !actions.can.playPause) return null;
  return (
    <button
      type="button"
      aria-label={t("player.play")}
      onClick={actions.togglePlay}
      className="absolute inline-flex size-20 items-center justify-center rounded-pill bg-scrim-strong text-on-film hover:bg-film"
    >
      <Play aria-hidden className="size-9 translate-x-0.5 fill-current" />
    </button>
  );
}

function Waiting() {
  const { t } = useTranslation();
  const hasPicture = usePlayerState((state) => state.hasPicture);
  const isPreparing = usePlayerState((state) => state.isPreparing);
  const isLong = useAfter(WORDS_AFTER_MS);
  const words = isPreparing
    ? t("player.preparing")
    : hasPicture
      ? isLong && t("player.buffering")
      : t("player.loading");
  return (
    <div
      className="pointer-events-none absolute flex max-w-[80%] flex-col items-center gap-3 text-center"
      role="status"
    >
      <LoaderCircle aria-hidden className="size-12 animate-spin text-on-film drop-shadow-[0_0_6px_var(--film)]" />
      {words && (
        <span className="rounded-card bg-scrim-strong px-3 py-1 text-on-film text-sm" data-testid="waiting">
          {words}
        </span>
      )}
    </div>
  );
}

function useAfter(delayMs: number): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setOver(true), delayMs);
    return () => window.clearTimeout(timer);
  }, [delayMs]);
  return isOver;
}
