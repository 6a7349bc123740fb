import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/Button";
import { cx } from "@/components/ui/cx";
import { type DeviceTiming, OUTPUT_DELAY_MAX_MS, rememberedTiming } from "@/features/player/engine/device-timing";
import { startClickTest } from "./click-test";
import { useRoomSession } from "./use-room";

const STEP_MS = 5;
const FLASH_MS = 60;

/** What only the people in front of this device know: who else is within earshot, and how late its loudspeakers are. */
export function TimingPanel() {
  const { t } = useTranslation();
  const session = useRoomSession();
  const [timing, setTiming] = useState(rememberedTiming);
  const change = (part: Partial<DeviceTiming>): void => {
    const next = { ...timing, ...part };
    setTiming(next);
    session.adjust(next);
  };
  return (
    <div className="mt-3 flex flex-col gap-3 border-on-film/20 border-t pt-3">
      <label className="flex items-start gap-2">
        <input
          type="checkbox"
          checked={timing.isSameRoom}
          onChange={(event) => change({ isSameRoom: event.currentTarget.checked })}
          className="mt-0.5 size-4 accent-accent"
        />
        <span>
          {t("room.timing.same_room")}
          <span className="block text-on-film-muted">{t("room.timing.same_room_hint")}</span>
        </span>
      </label>
      <label className="flex flex-col gap-1">
        <span className="flex justify-between">
          {t("room.timing.sound_delay")}
          <output className="tabular-nums">{t("room.timing.ms", { value: timing.outputDelayMs })}</output>
        </span>
        <input
          type="range"
          min={-OUTPUT_DELAY_MAX_MS}
          max={OUTPUT_DELAY_MAX_MS}
          step={STEP_MS}
          value={timing.outputDelayMs}
          aria-valuetext={t("room.timing.ms", { value: timing.outputDelayMs })}
          onChange={(event) => change({ outputDelayMs: event.currentTarget.valueAsNumber })}
          className="h-6 w-full cursor-pointer accent-accent"
        />
      </label>
      <ClickTest delayMs={timing.outputDelayMs} />
    </div>
  );
}

/** Move the slider until flash and click are one. */
function ClickTest({ delayMs }: { delayMs: number }) {
  const { t } = useTranslation();
  const [isRunning, setRunning] = useState(false);
  const [isLit, setLit] = useState(false);
  const delay = useRef(delayMs);

  useEffect(() => {
    delay.current = delayMs;
  }, [delayMs]);

  useEffect(() => {
    if (!isRunning) return;
    let dark: number | undefined;
    const stop = startClickTest(
      new AudioContext(),
      () => delay.current,
      () => {
        setLit(true);
        dark = window.setTimeout(() => setLit(false), FLASH_MS);
      },
    );
    return () => {
      window.clearTimeout(dark);
      setLit(false);
      stop();
    };
  }, [isRunning]);

  return (
    <div className="flex items-center gap-3">
      <Button size="sm" variant="film" aria-pressed={isRunning} onClick={() => setRunning(!isRunning)}>
        {t(isRunning ? "room.timing.stop_test" : "room.timing.test")}
      </Button>
      <span aria-hidden className={cx("size-6 rounded-full border border-on-film/40", isLit && "bg-on-film")} />
      {isRunning && <p className="text-on-film-muted">{t("room.timing.test_hint")}</p>}
    </div>
  );
}
