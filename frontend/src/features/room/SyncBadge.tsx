import { Activity } from "lucide-react";
import { Popover } from "radix-ui";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomSession } from "./room-session";
import { TimingPanel } from "./TimingPanel";
import { useRoomSession, useRoomState } from "./use-room";

const REFRESH_MS = 500;

function readNumbers(session: RoomSession) {
  const { rttMs, jitterMs } = session.clock;
  return { ...session.syncStatus(), rttMs, jitterMs };
}

function useSyncNumbers() {
  const session = useRoomSession();
  const [numbers, setNumbers] = useState(() => readNumbers(session));
  useEffect(() => {
    const timer = window.setInterval(() => setNumbers(readNumbers(session)), REFRESH_MS);
    return () => window.clearInterval(timer);
  }, [session]);
  return numbers;
}

/** How far this screen is from the others, and why; and what this device needs to be nearer. */
export function SyncBadge() {
  const { t } = useTranslation();
  const { error, rate, startLagMs, seekLagMs, rttMs, jitterMs } = useSyncNumbers();
  const isPlaying = useRoomState((state) => state.timeline?.playing ?? false);
  const ms = (value: number | null | undefined): string => (value == null ? "–" : `${Math.round(value)} ms`);
  const errorMs = isPlaying && error != null ? error * 1000 : null;
  const rows = [
    ["drift", ms(errorMs)],
    ["speed", rate === undefined ? "–" : `${rate.toFixed(3)}×`],
    ["round_trip", ms(rttMs)],
    ["jitter", ms(jitterMs)],
    ["start_lag", ms(startLagMs)],
    ["seek_lag", ms(seekLagMs)],
  ] as const;
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={t("room.sync_details")}
        className="inline-flex h-8 items-center gap-1.5 rounded-pill px-2.5 text-on-film-muted text-xs tabular-nums hover:bg-on-film/15"
      >
        <Activity aria-hidden className="size-4" />
        <span className="max-sm:hidden">{errorMs === null ? t("room.in_step") : ms(errorMs)}</span>
      </Popover.Trigger>
      <Popover.Content
        align="end"
        sideOffset={8}
        className="z-30 w-72 rounded-card border border-on-film/20 bg-scrim-strong p-3 text-on-film text-xs shadow-float"
      >
        <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 tabular-nums">
          {rows.map(([label, value]) => (
            <div key={label} className="contents">
              <dt className="text-on-film-muted">{t(`room.sync.${label}`)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <TimingPanel />
      </Popover.Content>
    </Popover.Root>
  );
}
