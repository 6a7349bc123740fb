import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlayer } from "../context";
import { formatOffset } from "../tracks/subtitle-choice";

const SHOWN_MS = 1_500;

/** How far the subtitles were just moved, by key or menu: shown for a moment, and said to screen readers. */
export function OffsetNote() {
  const { t } = useTranslation();
  const { store } = usePlayer();
  const [offsetMs, setOffsetMs] = useState<number | null>(null);
  const timer = useRef<number>(undefined);

  useEffect(() => {
    const unsubscribe = store.subscribe((state, before) => {
      const isMoved = state.subtitleOffsetMs !== before.subtitleOffsetMs && state.subtitleId === before.subtitleId;
      if (!isMoved) return;
      setOffsetMs(state.subtitleOffsetMs);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setOffsetMs(null), SHOWN_MS);
    });
    return () => {
      unsubscribe();
      window.clearTimeout(timer.current);
    };
  }, [store]);

  return (
    <div role="status" className="pointer-events-none absolute inset-x-0 top-16 z-30 flex justify-center">
      {offsetMs !== null && (
        <p
          data-testid="subtitle-offset"
          className="rounded-pill bg-scrim-strong px-4 py-2 text-on-film text-sm tabular-nums"
        >
          {t("player.timing_now", { offset: formatOffset(offsetMs) })}
        </p>
      )}
    </div>
  );
}
