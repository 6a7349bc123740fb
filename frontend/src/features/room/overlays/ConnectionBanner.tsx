import { LoaderCircle } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoomState } from "../use-room";

/** A blink of the line is nobody's business. */
const SHOWN_AFTER_MS = 1_200;

export function ConnectionBanner() {
  const { t } = useTranslation();
  const isOpen = useRoomState((state) => state.connection.status === "open");
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (isOpen) {
      setShown(false);
      return;
    }
    const timer = window.setTimeout(() => setShown(true), SHOWN_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [isOpen]);
  return (
    <div role="status">
      {isShown && (
        <p className="flex items-center gap-2 rounded-pill bg-scrim-strong px-4 py-2 text-on-film text-sm">
          <LoaderCircle aria-hidden className="size-4 animate-spin" />
          {t("room.reconnecting")}
        </p>
      )}
    </div>
  );
}
