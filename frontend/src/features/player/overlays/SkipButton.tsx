import { SkipForward } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { usePlayer, usePlayerState } from "../context";
import { skippable } from "../tracks/chapters";

/** Only inside the part that can be skipped, and never by itself; in a room it is a command like any other seek. */
export function SkipButton() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const mark = usePlayerState((state) => (state.hasPicture ? skippable(state.marks, state.time) : null));
  if (mark === null || !actions.can.seek) return null;
  return (
    <Button
      variant="film"
      className="absolute right-4 bottom-28 z-10 bg-scrim-strong sm:right-6"
      onClick={() => actions.seek(mark.end)}
      data-testid="skip"
    >
      {t(`player.skip.${mark.kind}`)}
      <SkipForward aria-hidden className="size-4" />
    </Button>
  );
}
