import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { useRoomState } from "../use-room";
import { nextAtMs } from "./queue-state";
import { useMay, useQueueWishes } from "./use-queue";
import { useSecondsUntil } from "./use-seconds-until";

/** The film is over: what comes next and when, and the way to stay. */
export function NextOverlay() {
  const { t } = useTranslation();
  const atMs = useRoomState((state) => nextAtMs(state.queue, state.timeline));
  const name = useRoomState((state) => state.queue?.items[0]?.title.name ?? "");
  const mayChoose = useMay("item");
  const wishes = useQueueWishes();
  const seconds = useSecondsUntil(atMs);
  if (seconds === null) return null;
  return (
    <div
      data-testid="next-up"
      className="pointer-events-auto flex flex-wrap items-center gap-3 rounded-card bg-scrim-strong py-2 pr-2 pl-4 text-on-film text-sm"
    >
      <p>
        <span role="status">{t("room.queue.next", { name })}</span>{" "}
        <span aria-live="off" className="tabular-nums">
          {t("room.queue.next_in", { seconds })}
        </span>
      </p>
      {mayChoose && (
        <>
          <Button variant="film" size="sm" onClick={wishes.skip}>
            {t("room.queue.play_now")}
          </Button>
          <Button variant="film" size="sm" onClick={wishes.stay}>
            {t("common.cancel")}
          </Button>
        </>
      )}
    </div>
  );
}
