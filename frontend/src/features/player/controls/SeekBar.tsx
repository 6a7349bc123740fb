import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/ui/cx";
import { formatClock } from "@/lib/format";
import { usePlayer, usePlayerState } from "../context";

const KEY_STEP_S = 5;

export function SeekBar() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const time = usePlayerState((state) => state.time);
  const duration = usePlayerState((state) => state.duration);
  const buffered = usePlayerState((state) => state.buffered);
  /** Share of the bar under the pointer, and whether it is being dragged. */
  const [hover, setHover] = useState<number | null>(null);
  const [isDragging, setDragging] = useState(false);

  const canSeek = actions.can.seek && duration > 0;
  const shareOf = (seconds: number): number => (duration > 0 ? Math.min(Math.max(seconds / duration, 0), 1) : 0);
  const played = isDragging && hover !== null ? hover : shareOf(time);

  const shareAt = (event: PointerEvent<HTMLDivElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (!canSeek || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setHover(shareAt(event));
    setDragging(true);
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>): void => {
    if (isDragging) actions.seek(shareAt(event) * duration);
    setDragging(false);
    if (event.pointerType !== "mouse") setHover(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -KEY_STEP_S, ArrowRight: KEY_STEP_S }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    actions.seekBy(step);
  };

  return (
    <div
      role="slider"
      tabIndex={0}
      data-testid="seek"
      aria-label={t("player.seek")}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={Math.round(time)}
      aria-valuetext={t("player.time_of", { time: formatClock(time), duration: formatClock(duration) })}
      aria-disabled={!canSeek}
      className={cx("group relative h-6 w-full touch-none", canSeek ? "cursor-pointer" : "cursor-not-allowed")}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => setHover(shareAt(event))}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDragging(false)}
      onPointerLeave={() => !isDragging && setHover(null)}
      onKeyDown={onKeyDown}
    >
      <div className="absolute inset-x-0 top-1/2 h-1 -translate-y-1/2 overflow-hidden rounded-pill bg-on-film/25 transition-[height] group-hover:h-1.5">
        {buffered.map(({ start, end }) => (
          <div
            key={start}
            className="absolute inset-y-0 bg-on-film/40"
            style={{ left: `${shareOf(start) * 100}%`, width: `${(shareOf(end) - shareOf(start)) * 100}%` }}
          />
        ))}
        <div className="absolute inset-y-0 left-0 bg-accent" style={{ width: `${played * 100}%` }} />
      </div>
      <div
        className="absolute top-1/2 size-3.5 -translate-x-1/2 -translate-y-1/2 rounded-pill bg-accent shadow-float"
        style={{ left: `${played * 100}%` }}
      />
      {hover !== null && duration > 0 && (
        <div
          aria-hidden
          className="pointer-events-none absolute bottom-full mb-1 -translate-x-1/2 rounded-card bg-scrim-strong px-2 py-1 text-on-film text-xs tabular-nums"
          style={{ left: `clamp(24px, ${hover * 100}%, calc(100% - 24px))` }}
        >
          {formatClock(hover * duration)}
        </div>
      )}
    </div>
  );
}
