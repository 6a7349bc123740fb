import { type KeyboardEvent, type PointerEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/ui/cx";
import { formatClock } from "@/lib/format";
import { usePlayer, usePlayerState } from "../context";
import { chapterAt } from "../tracks/chapters";
import { MoodMarks } from "./MoodMarks";
import { ScrubPreview } from "./ScrubPreview";

const KEY_STEPS_S: Readonly<Record<string, number>> = { ArrowLeft: -5, ArrowRight: 5, PageDown: -60, PageUp: 60 };
/** After a key the place it led to stays in view for a moment, as it does under a pointer. */
const KEY_PREVIEW_MS = 1_500;

export function SeekBar() {
  const { t } = useTranslation();
  const words = usePlaceInWords();
  const { actions } = usePlayer();
  const time = usePlayerState((state) => state.time);
  const duration = usePlayerState((state) => state.duration);
  /** Share of the bar under the pointer, and whether it is being dragged. */
  const [hover, setHover] = useState<number | null>(null);
  const [isDragging, setDragging] = useState(false);
  const [isByKey, showByKey] = useMoment(KEY_PREVIEW_MS);

  const canSeek = actions.can.seek && duration > 0;
  const current = duration > 0 ? Math.min(Math.max(time / duration, 0), 1) : 0;
  const played = isDragging && hover !== null ? hover : current;
  const preview = hover ?? (isByKey ? current : null);

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
    const step = KEY_STEPS_S[event.key];
    if (step === undefined) return;
    event.preventDefault();
    actions.seekBy(step);
    showByKey();
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
      aria-valuetext={words}
      aria-disabled={!canSeek}
      className={cx("group relative h-6 w-full touch-none", canSeek ? "cursor-pointer" : "cursor-not-allowed")}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => setHover(shareAt(event))}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDragging(false)}
      onPointerLeave={() => !isDragging && setHover(null)}
      onKeyDown={onKeyDown}
    >
      <MoodMarks />
      <Bar played={played} />
      <div
        className="absolute top-1/2 size-3.5 -translate-x-1/2 -translate-y-1/2 rounded-pill bg-accent shadow-float"
        style={{ left: `${played * 100}%` }}
      />
      {preview !== null && duration > 0 && <ScrubPreview share={preview} time={preview * duration} />}
    </div>
  );
}

/** What a screen reader says: time of duration, and the chapter where there are some. */
function usePlaceInWords(): string {
  const { t } = useTranslation();
  const time = usePlayerState((state) => Math.floor(state.time));
  const duration = usePlayerState((state) => state.duration);
  const chapters = usePlayerState((state) => state.chapters);
  const chapter = chapters.length > 1 ? chapterAt(chapters, time)?.title : undefined;
  const words = t("player.time_of", { time: formatClock(time), duration: formatClock(duration) });
  return chapter ? `${words}, ${chapter}` : words;
}

/** Loaded, played, and where chapters begin. */
function Bar({ played }: { played: number }) {
  const duration = usePlayerState((state) => state.duration);
  const buffered = usePlayerState((state) => state.buffered);
  const chapters = usePlayerState((state) => state.chapters);
  const percent = (seconds: number): number => (duration > 0 ? Math.min(Math.max(seconds / duration, 0), 1) * 100 : 0);
  return (
    <div className="absolute inset-x-0 top-1/2 h-1 -translate-y-1/2 overflow-hidden rounded-pill bg-on-film/25 transition-[height] group-hover:h-1.5">
      {buffered.map(({ start, end }) => (
        <div
          key={start}
          className="absolute inset-y-0 bg-on-film/40"
          style={{ left: `${percent(start)}%`, width: `${percent(end) - percent(start)}%` }}
        />
      ))}
      <div className="absolute inset-y-0 left-0 bg-accent" style={{ width: `${played * 100}%` }} />
      {chapters.map(
        ({ start }) =>
          start > 0 && (
            <div
              key={start}
              data-testid="chapter-mark"
              className="absolute inset-y-0 w-0.5 -translate-x-1/2 bg-film"
              style={{ left: `${percent(start)}%` }}
            />
          ),
      )}
    </div>
  );
}

/** True for `ms` after the last call. */
function useMoment(ms: number): [boolean, () => void] {
  const [calls, setCalls] = useState(0);
  useEffect(() => {
    if (calls === 0) return;
    const timer = window.setTimeout(() => setCalls(0), ms);
    return () => window.clearTimeout(timer);
  }, [calls, ms]);
  return [calls > 0, () => setCalls((before) => before + 1)];
}
