import { useMutation } from "@tanstack/react-query";
import { CalendarPlus } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { api, call } from "@/lib/api";
import { formatDateTime, formatEta } from "@/lib/format";
import { useRoomSession, useRoomState } from "../use-room";
import { saveFile } from "./save-file";

const LOOK_EVERY_MS = 1_000;

/** Before a party that was planned: how long it is, and the way into a calendar. The film may begin earlier all the same. */
export function PlannedStart() {
  const { t } = useTranslation();
  const startsAt = useRoomState((state) => state.room?.starts_at ?? null);
  const isPlaying = useRoomState((state) => state.timeline?.playing ?? false);
  const leftS = useSecondsLeft(startsAt);
  useNewPlans();
  if (startsAt === null || leftS === null || isPlaying) return null;
  return (
    <div
      data-testid="planned"
      className="pointer-events-auto flex flex-wrap items-center gap-3 rounded-card bg-scrim-strong py-2 pr-2 pl-4 text-on-film text-sm"
    >
      <span>
        <span role="status">{t("plan.starts_at", { when: formatDateTime(startsAt) })}</span>
        <span aria-live="off" className="block text-on-film-muted text-xs">
          {t("plan.starts_in", { time: formatEta(leftS) })}
        </span>
      </span>
      <CalendarButton />
    </div>
  );
}

function CalendarButton() {
  const { t } = useTranslation();
  const roomId = useRoomState((state) => state.room?.id ?? "");
  const fetchFile = useMutation({
    mutationFn: () =>
      call(api.GET("/api/v1/rooms/{room_id}/calendar.ics", { params: { path: { room_id: roomId } }, parseAs: "text" })),
    onSuccess: (text) => saveFile("party.ics", text, "text/calendar"),
  });
  return (
    <Button variant="film" size="sm" busy={fetchFile.isPending} onClick={() => fetchFile.mutate()}>
      <CalendarPlus aria-hidden className="size-4" />
      {fetchFile.isError ? t("common.try_again") : t("plan.calendar")}
    </Button>
  );
}

/** Null once the time has come. */
function useSecondsLeft(startsAt: string | null): number | null {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (startsAt === null) return;
    const timer = window.setInterval(() => setNowMs(Date.now()), LOOK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [startsAt]);
  const leftS = startsAt === null ? 0 : (Date.parse(startsAt) - nowMs) / 1000;
  return leftS > 0 ? leftS : null;
}

/** The host chose another time while this page is open. */
function useNewPlans(): void {
  const session = useRoomSession();
  useEffect(
    () =>
      session.on("ev", ({ k, data }) => {
        const startsAt = data?.starts_at;
        if (k !== "scheduled" || startsAt === undefined) return;
        session.store.setState(({ room }) => ({ room: room && { ...room, starts_at: startsAt } }));
      }),
    [session],
  );
}
