import { useEffect, useRef } from "react";
import { cx } from "@/components/ui/cx";
import { usePlayer, usePlayerState } from "../context";
import { remainingOffsetMs } from "../store";

/** Drawn here rather than by the browser, so that they look the same everywhere and make room for the controls. */
export function Captions({ areControlsShown }: { areControlsShown: boolean }) {
  const { video } = usePlayer();
  const chosen = usePlayerState((state) => state.subtitleId);
  const offsetS = usePlayerState((state) => remainingOffsetMs(state) / 1000);
  const subtitles = usePlayerState((state) => state.subtitles);
  const box = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: an uploaded track appears with the list, not with the choice
  useEffect(() => {
    const element = findTrack(video, chosen);
    if (element === null) return;
    const { track } = element;
    const draw = (): void => box.current?.replaceChildren(...[...(track.activeCues ?? [])].map(lineOf));
    const shift = (): void => {
      shiftCues(track, offsetS);
      draw();
    };
    const shown = box.current;
    track.mode = "hidden";
    track.addEventListener("cuechange", draw);
    element.addEventListener("load", shift);
    shift();
    return () => {
      track.mode = "disabled";
      track.removeEventListener("cuechange", draw);
      element.removeEventListener("load", shift);
      shown?.replaceChildren();
    };
  }, [video, chosen, offsetS, subtitles]);

  return (
    <div
      ref={box}
      data-testid="captions"
      className={cx(
        "pointer-events-none absolute inset-x-0 z-[5] flex flex-col items-center gap-1 px-[6%] text-center",
        chosen !== null && "transition-[bottom]", // moved by layout, frame after frame: not while it is empty
        areControlsShown ? "bottom-24" : "bottom-[6%]",
      )}
    />
  );
}

function findTrack(video: HTMLVideoElement, id: string | null): HTMLTrackElement | null {
  if (id === null) return null;
  return [...video.querySelectorAll("track")].find((element) => element.dataset.track === id) ?? null;
}

/** Where each cue stood in the file; the cue itself is moved. */
const written = new WeakMap<TextTrackCue, { start: number; end: number }>();

function shiftCues(track: TextTrack, byS: number): void {
  // The list sorts itself again while its cues are moved, so a copy is walked.
  for (const cue of [...(track.cues ?? [])]) {
    const original = written.get(cue) ?? { start: cue.startTime, end: cue.endTime };
    written.set(cue, original);
    cue.startTime = Math.max(0, original.start + byS);
    cue.endTime = Math.max(0, original.end + byS);
  }
}

function lineOf(cue: TextTrackCue): HTMLElement {
  const line = document.createElement("p");
  line.className =
    "whitespace-pre-line rounded-card bg-scrim-strong px-3 py-0.5 text-[clamp(14px,2.6cqw,34px)] leading-snug";
  if (cue instanceof VTTCue) line.append(cue.getCueAsHTML());
  return line;
}
