import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { cx } from "@/components/ui/cx";
import { ErrorState } from "@/components/ui/States";
import type { usePlayback } from "@/features/player/use-playback";
import type { RoomBody } from "@/types/frames.gen";
import { ConnectionBanner } from "./overlays/ConnectionBanner";
import { OverPicture } from "./overlays/OverPicture";
import { WaitCard } from "./overlays/WaitCard";
import { PowerOverlay } from "./power/PowerOverlay";
import { RoomPanel } from "./RoomPanel";
import { RoomPlayer } from "./RoomPlayer";
import { useRoomState } from "./use-room";

/** The film's place while the panel is open: above it on a phone held upright, else beside it. */
const SHARED =
  "h-[38dvh] w-full shrink-0 lg:h-full lg:w-auto lg:flex-1 landscape:h-full landscape:w-auto landscape:flex-1";

interface RoomScreenProps {
  film: ReturnType<typeof usePlayback>;
  room: RoomBody;
}

export function RoomScreen({ film, room }: RoomScreenProps) {
  const [isPanelOpen, setPanelOpen] = useState(true);
  const className = cx("min-w-0", isPanelOpen ? SHARED : "h-full flex-1");
  const { data, isError, error, refetch } = film.playback;
  useNotices();
  return (
    <main className="flex h-dvh flex-col overflow-hidden bg-film lg:flex-row landscape:flex-row">
      <title>{`${room.name} · Matinee`}</title>
      {data === undefined ? (
        <section
          className={cx(className, "relative flex items-center justify-center overflow-y-auto text-on-film-muted")}
        >
          {isError ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Opening name={room.title.name} />}
          <OverPicture
            top={
              <>
                <ConnectionBanner />
                <PowerOverlay />
              </>
            }
            bottom={<WaitCard />}
          />
        </section>
      ) : (
        <RoomPlayer
          key={data.asset_id}
          className={className}
          playback={data}
          roomId={room.id}
          title={room.title}
          onExpired={film.renewed}
          isPanelOpen={isPanelOpen}
          onTogglePanel={() => setPanelOpen(!isPanelOpen)}
        />
      )}
      {isPanelOpen && <RoomPanel />}
    </main>
  );
}

function Opening({ name }: { name: string }) {
  const { t } = useTranslation();
  return <p role="status">{t("room.queue.opening", { name })}</p>;
}

function useNotices(): void {
  const { t } = useTranslation();
  const notice = useRoomState((state) => state.notice);
  const isStruggling = useRoomState((state) => state.isStruggling);
  useEffect(() => {
    if (notice !== null) toast.error(notice.text);
  }, [notice]);
  useEffect(() => {
    if (isStruggling) toast.warning(t("room.struggling"));
  }, [isStruggling, t]);
}
