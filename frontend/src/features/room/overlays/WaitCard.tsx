import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import type { Wait } from "@/types/frames.gen";
import { useRoomSession, useRoomState } from "../use-room";

/** Most waits are over before anybody could press a button; the server takes none sooner either. */
const SKIP_AFTER_MS = 1_000;

/** Whom the room waits for and why, how long at most, and the way to go on without them. */
export function WaitCard() {
  const wait = useRoomState((state) => state.timeline?.wait ?? null);
  return wait === null ? null : <WaitNote key={wait.bid} wait={wait} />;
}

function WaitNote({ wait }: { wait: Wait }) {
  const { t } = useTranslation();
  const session = useRoomSession();
  const members = useRoomState((state) => state.members);
  const canSkip = useSkip(wait);
  const names = wait.for.map((id) => members.find((member) => member.id === id)?.name ?? t("room.somebody"));
  const leftS = useSecondsLeft((wait.why === "source" ? wait.eta_ms : wait.until_ms) ?? null);
  return (
    <div
      data-testid="wait"
      className="pointer-events-auto flex items-center gap-3 rounded-card bg-scrim-strong px-4 py-2 text-on-film text-sm"
    >
      <span role="status">{t(`room.wait.${wait.why}`, { names: names.join(", ") })}</span>
      {leftS !== null && leftS > 0 && (
        <span aria-live="off" className="text-on-film-muted tabular-nums">
          {t("room.seconds", { seconds: leftS })}
        </span>
      )}
      {canSkip && (
        <Button variant="film" size="sm" data-testid="go-on" onClick={() => session.command({ op: "play" })}>
          {t("room.go_on")}
        </Button>
      )}
    </div>
  );
}

/** Without the film nobody can go on. */
function useSkip({ why }: Wait): boolean {
  const maySkip = useRoomState(({ you }) => ["skip_wait", "play_pause"].some((right) => hasRight(you?.can, right)));
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setDue(true), SKIP_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return maySkip && isDue && why !== "source";
}

function hasRight(can: readonly string[] | undefined, right: string): boolean {
  return can?.includes(right) ?? false;
}

function useSecondsLeft(untilMs: number | null): number | null {
  const session = useRoomSession();
  const [left, setLeft] = useState<number | null>(null);
  useEffect(() => {
    if (untilMs === null) {
      setLeft(null);
      return;
    }
    const read = (): void => setLeft(Math.max(0, Math.ceil((untilMs - (session.roomNow() ?? untilMs)) / 1000)));
    read();
    const timer = window.setInterval(read, 250);
    return () => window.clearInterval(timer);
  }, [untilMs, session]);
  return left;
}
