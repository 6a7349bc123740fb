import { useEffect, useRef } from "react";
import { cx } from "@/components/ui/cx";
import { usePlayer, usePlayerState } from "../context";

/** Drawn here rather than by the browser, so that they look the same everywhere and make room for the controls. */
export function Captions({ areControlsShown }: { areControlsShown: boolean }) {
  const { video } = usePlayer();
  const chosen = usePlayerState((state) => state.subtitleId);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const track = video.querySelectorAll("track")[chosen]?.track;
    if (track === undefined) return;
    const draw = (): void => box.current?.replaceChildren(...[...(track.activeCues ?? [])].map(lineOf));
    const shown = box.current;
    track.mode = "hidden";
    track.addEventListener("cuechange", draw);
    draw();
    return () => {
      track.mode = "disabled";
      track.removeEventListener("cuechange", draw);
      shown?.replaceChildren();
    };
  }, [video, chosen]);

  return (
    <div
      ref={box}
      className={cx(
        "pointer-events-none absolute inset-x-0 z-[5] flex flex-col items-center gap-1 px-[6%] text-center transition-[bottom]",
        areControlsShown ? "bottom-24" : "bottom-[6%]",
      )}
    />
  );
}

function lineOf(cue: TextTrackCue): HTMLElement {
  const line = document.createElement("p");
  line.className =
    "whitespace-pre-line rounded-card bg-scrim-strong px-3 py-0.5 text-[clamp(14px,2.6cqw,34px)] leading-snug";
  if (cue instanceof VTTCue) line.append(cue.getCueAsHTML());
  return line;
}
