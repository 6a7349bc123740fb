import { formatClock } from "@/lib/format";
import { usePlayerState } from "../context";
import { chapterAt } from "../tracks/chapters";
import { spriteAt } from "../tracks/trickplay";
import type { Sprite } from "../tracks/types";

/** On a narrow bar a picture would cover half the film; CSS pixels. */
const PICTURE_WIDTH = 176;
const HALF_TEXT = 32;

interface ScrubPreviewProps {
  /** 0..1 of the bar. */
  share: number;
  /** Seconds. */
  time: number;
}

/** What lies at a place of the seek bar, above it: picture, chapter, time. The bar itself says it to screen readers. */
export function ScrubPreview({ share, time }: ScrubPreviewProps) {
  const sprite = usePlayerState(({ sprites }) => spriteAt(sprites, time));
  const chapter = usePlayerState(({ chapters }) => (chapters.length > 1 ? chapterAt(chapters, time) : null));
  const half = sprite ? PICTURE_WIDTH / 2 : HALF_TEXT;
  return (
    <div
      aria-hidden
      data-testid="scrub-preview"
      className="pointer-events-none absolute bottom-full mb-1 flex -translate-x-1/2 flex-col items-center gap-1"
      style={{ left: `clamp(${half}px, ${share * 100}%, calc(100% - ${half}px))` }}
    >
      {sprite && <SpritePicture sprite={sprite} />}
      <p className="max-w-44 truncate rounded-card bg-scrim-strong px-2 py-1 text-on-film text-xs tabular-nums">
        {chapter?.title && <span>{chapter.title} · </span>}
        {formatClock(time)}
      </p>
    </div>
  );
}

/** The part of the sheet, cut out by an element of its size and then scaled as a whole. */
function SpritePicture({ sprite: { url, x, y, width, height } }: { sprite: Sprite }) {
  const scale = PICTURE_WIDTH / width;
  return (
    <div
      className="overflow-hidden rounded-card border border-on-film/40 bg-film shadow-float"
      style={{ width: PICTURE_WIDTH, height: height * scale }}
    >
      <div
        data-testid="sprite"
        className="origin-top-left"
        style={{
          width,
          height,
          transform: `scale(${scale})`,
          backgroundImage: `url("${url}")`,
          backgroundPosition: `-${x}px -${y}px`,
        }}
      />
    </div>
  );
}
