import { WifiOff } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

function subscribe(onChange: () => void): () => void {
  window.addEventListener("online", onChange);
  window.addEventListener("offline", onChange);
  return () => {
    window.removeEventListener("online", onChange);
    window.removeEventListener("offline", onChange);
  };
}

/** The line is down; what is loaded plays on, and the rest is asked for when the line is back. Rooms say it their way. */
export function OfflineNote() {
  const { t } = useTranslation();
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine);
  return (
    <div role="status" className="pointer-events-none absolute inset-x-0 top-14 z-20 flex justify-center px-4">
      {!isOnline && (
        <p className="flex items-center gap-2 rounded-pill bg-scrim-strong px-4 py-2 text-on-film text-sm">
          <WifiOff aria-hidden className="size-4" />
          {t("player.offline")}
        </p>
      )}
    </div>
  );
}
