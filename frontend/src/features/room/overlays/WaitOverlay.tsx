import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { useRoomSession, useRoomState } from "../use-room";

/** Whom the room waits for, how long at most, and the way to go on without them. */
export function WaitOverlay() {
  const { t } = useTranslation();
  const session = useRoomSession();
  const wait = useRoomState((state) => state.timeline?.wait ?? null);
  const members = useRoomState((state) => state.members);
  const maySkip = useRoomState((state) => state.you?.can.includes("skip_wait") ?? false);
  const leftS = useSecondsLeft(wait?.until_ms ?? null);
  if (wait === null) return null;
  const names = wait.for.map((id) => members.find((member) => member.id === id)?.name ?? t("room.somebody"));
  return (
    <div role="status" className="absolute inset-x-0 bottom-28 z-20 flex justify-center px-4">
      <div className="flex items-center gap-3 rounded-card bg-scrim-strong py-2 pr-2 pl-4 text-on-film text-sm">
        {t("room.waiting_for", { names: names.join(", "), seconds: leftS })}
        {maySkip && (
          <Button variant="film" size="sm" onClick={() => session.command({ op: "play" })}>
            {t("room.go_on")}
          </Button>
        )}
      </div>
    </div>
  );
}

function useSecondsLeft(untilMs: number | null): number {
  const session = useRoomSession();
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (untilMs === null) return;
    const read = (): void => setLeft(Math.max(0, Math.ceil((untilMs - (session.roomNow() ?? untilMs)) / 1000)));
    read();
    const timer = window.setInterval(read, 250);
    return () => window.clearInterval(timer);
  }, [untilMs, session]);
  return left;
}
