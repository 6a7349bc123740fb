import { useRoomState } from "../use-room";
import { useSecondsUntil } from "./use-seconds-until";

/** 3, 2, 1 in the middle of the picture. A start that is nearer than this needs no announcement. */
const ANNOUNCED_S = 3;

export function StartCountdown() {
  const atMs = useRoomState(({ timeline }) => (isCountedDown(timeline) ? (timeline?.at_ms ?? null) : null));
  const seconds = useSecondsUntil(atMs);
  if (seconds === null || seconds > ANNOUNCED_S) return null;
  return (
    <div className="pointer-events-none absolute inset-0 z-20 flex items-center justify-center">
      <p
        role="timer"
        data-testid="start-countdown"
        className="title flex size-28 items-center justify-center rounded-full bg-scrim-strong text-6xl text-on-film tabular-nums"
      >
        {seconds}
      </p>
    </div>
  );
}

/** Everyday play and seek are a fraction of a second ahead, and nobody should see a number flash. */
function isCountedDown(timeline: { playing: boolean; cause: string } | null): boolean {
  return timeline?.playing === true && (timeline.cause === "item" || timeline.cause === "together");
}
