import { usePlayerState } from "../context";

/** Where people reacted to the film: small columns on the seek bar, higher where they did more. */
export function MoodMarks() {
  const duration = usePlayerState((state) => state.duration);
  const moods = usePlayerState((state) => state.moods);
  if (duration <= 0) return null;
  return (
    <div aria-hidden className="absolute inset-x-0 bottom-[calc(50%+0.25rem)] h-2">
      {moods.map(({ at, weight }) => (
        <div
          key={at}
          data-testid="mood-mark"
          className="absolute bottom-0 w-1 -translate-x-1/2 rounded-t-sm bg-accent/80"
          style={{ left: `${Math.min(at / duration, 1) * 100}%`, height: `${25 + 75 * weight}%` }}
        />
      ))}
    </div>
  );
}
