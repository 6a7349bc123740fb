import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { setWaitedFor, waitForMe } from "../wait-for-me";

/** Whoever has a bad line, or only listens, need not hold up the others. */
export function WaitForMe() {
  const { t } = useTranslation();
  const isWaitedFor = useStore(waitForMe, (state) => state.isWaitedFor);
  return (
    <label className="flex min-h-11 items-center gap-3 border-line border-b px-4 py-2 text-sm">
      <input
        type="checkbox"
        data-testid="wait-for-me"
        className="size-4 accent-accent"
        checked={isWaitedFor}
        onChange={(event) => setWaitedFor(event.target.checked)}
      />
      <span>
        {t("room.wait_for_me")}
        <span className="block text-muted text-xs">{t("room.wait_for_me_text")}</span>
      </span>
    </label>
  );
}
