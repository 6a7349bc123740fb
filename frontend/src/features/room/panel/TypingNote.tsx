import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoomState } from "../use-room";

const LOOK_EVERY_MS = 500;

export function TypingNote() {
  const { t } = useTranslation();
  const typing = useRoomState((state) => state.typing);
  const members = useRoomState((state) => state.members);
  const yourId = useRoomState((state) => state.you?.id);
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNowMs(performance.now()), LOOK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, []);
  const names = members.filter(({ id }) => id !== yourId && (typing[id] ?? 0) > nowMs).map(({ name }) => name);
  return (
    <p className="h-5 shrink-0 truncate px-4 text-muted text-xs">
      {names.length > 0 && t("room.typing", { names: names.join(", ") })}
    </p>
  );
}
