import { RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { formatClock } from "@/lib/format";
import { usePlayer, usePlayerState } from "../context";

const SHOWN_MS = 8_000;

/** The film went on where the person left it; this is the way to the beginning. */
export function ResumeNotice({ position }: { position: number }) {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const [isShown, setShown] = useState(true);
  const hasPicture = usePlayerState((state) => state.hasPicture);
  useEffect(() => {
    if (!hasPicture) return;
    const timer = window.setTimeout(() => setShown(false), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [hasPicture]);
  if (!isShown || !hasPicture) return null;
  const startOver = (): void => {
    actions.seek(0);
    setShown(false);
  };
  return (
    <div
      role="status"
      className="absolute bottom-28 left-4 z-10 flex items-center gap-3 rounded-card bg-scrim-strong py-2 pr-2 pl-4 text-sm sm:left-6"
    >
      {t("player.resumed_at", { time: formatClock(position) })}
      <Button variant="film" size="sm" onClick={startOver}>
        <RotateCcw aria-hidden className="size-4" />
        {t("player.start_over")}
      </Button>
    </div>
  );
}
