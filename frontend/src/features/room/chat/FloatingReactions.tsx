import { useEffect, useState } from "react";
import { EmojiIcon } from "./EmojiIcon";
import { sumsOf } from "./film-reactions";
import { useFilmReactions } from "./use-film-reactions";

/** Columns in which icons rise, and how much later each begins, so that a crowd does not stand on one spot. */
const COLUMNS = 7;
const STEP_MS = 90;

/** Over the picture, for the eyes only: nothing of it is read out. */
export function FloatingReactions({ roomId }: { roomId: string }) {
  const icons = useFilmReactions(roomId);
  const isStill = useReducedMotion();
  if (icons.length === 0) return null;
  if (isStill) {
    return (
      <p
        aria-hidden
        data-testid="film-reactions"
        className="pointer-events-none absolute right-4 bottom-28 z-10 flex gap-3 rounded-pill bg-scrim-strong px-3 py-1.5 text-on-film text-sm tabular-nums"
      >
        {sumsOf(icons.map(({ emoji }) => emoji)).map(([emoji, count]) => (
          <span key={emoji} className="inline-flex items-center gap-1">
            <EmojiIcon emoji={emoji} className="size-4" /> {count}
          </span>
        ))}
      </p>
    );
  }
  return (
    <div
      aria-hidden
      data-testid="film-reactions"
      className="pointer-events-none absolute right-4 bottom-24 z-10 h-8 w-44 max-w-[45%]"
    >
      {icons.map(({ id, emoji }) => (
        <span
          key={id}
          className="absolute bottom-0 animate-rise opacity-0 drop-shadow-[0_1px_4px_var(--film)]"
          style={{
            right: `${((id * 3) % COLUMNS) * (100 / COLUMNS)}%`,
            animationDelay: `${(id % COLUMNS) * STEP_MS}ms`,
          }}
        >
          <EmojiIcon emoji={emoji} className="size-8" />
        </span>
      ))}
    </div>
  );
}

const STILL = window.matchMedia?.("(prefers-reduced-motion: reduce)");

function useReducedMotion(): boolean {
  const [isStill, setStill] = useState(() => Boolean(STILL?.matches));
  useEffect(() => {
    const read = (): void => setStill(Boolean(STILL?.matches));
    STILL?.addEventListener?.("change", read);
    return () => STILL?.removeEventListener?.("change", read);
  }, []);
  return isStill;
}
