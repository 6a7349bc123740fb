import { Volume2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useRoomSession, useRoomState } from "../use-room";

/** Browsers play sound only after a gesture; the whole picture is the button. */
export function BlockedOverlay() {
  const { t } = useTranslation();
  const session = useRoomSession();
  const isBlocked = useRoomState((state) => state.isBlocked);
  if (!isBlocked) return null;
  return (
    <button
      type="button"
      data-testid="unblock"
      onClick={() => session.unblock()}
      className="absolute inset-0 z-20 flex flex-col items-center justify-center gap-3 bg-film/90 px-4 text-center text-on-film"
    >
      <span className="inline-flex size-16 items-center justify-center rounded-pill border border-on-film/25">
        <Volume2 aria-hidden className="size-7" />
      </span>
      <span className="title text-2xl">{t("room.tap_to_join")}</span>
      <span className="text-on-film-muted text-sm">{t("room.tap_why")}</span>
    </button>
  );
}
