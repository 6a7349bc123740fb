import { useTranslation } from "react-i18next";
import { useRoomSession, useRoomState } from "../use-room";
import { turnGuard } from "./spoilers";

export function GuardSwitch() {
  const { t } = useTranslation();
  const session = useRoomSession();
  const isOn = useRoomState((state) => state.guard.isOn);
  return (
    <label className="flex shrink-0 cursor-pointer items-center gap-2 border-line border-b px-4 py-2 text-muted text-xs">
      <input
        type="checkbox"
        data-testid="spoiler-guard"
        checked={isOn}
        onChange={(event) => turnGuard(session.store, event.currentTarget.checked)}
        className="size-4 accent-(--accent)"
      />
      {t("room.guard")}
    </label>
  );
}
