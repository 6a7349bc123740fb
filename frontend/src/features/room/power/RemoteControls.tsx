import { Pause, Play, RotateCcw, RotateCw } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/features/player/controls/IconButton";
import { positionAt } from "@/features/player/engine/timeline";
import { formatClock } from "@/lib/format";
import { meaningByTime } from "../press";
import { useRoomState } from "../use-room";
import { useCommands } from "./use-commands";
import { useRoomTick } from "./use-room-tick";

const STEP_S = 10;

/** Play, pause, ten seconds to and fro, and the whole film to point at. */
export function RemoteControls() {
  const { t } = useTranslation();
  const { ways, send } = useCommands();
  const timeline = useRoomState((state) => state.timeline);
  const wasGoing = useRoomState((state) => state.wasGoing);
  const nowMs = useRoomTick(timeline !== null, timeline?.playing ? undefined : timeline?.at_ms);
  if (timeline === null) return null;
  const positionS = positionAt(timeline, nowMs ?? 0);
  const endS = timeline.duration_ms / 1000;
  const seek = (position: number): void =>
    send({ op: "seek", position: Math.max(0, endS > 0 ? Math.min(position, endS) : position) });
  const press = meaningByTime({ timeline, wasGoing }, nowMs);
  const isPlaying = press === "pause";
  return (
    <div className="flex flex-col gap-3">
      <SeekBar positionS={positionS} endS={endS} isEnabled={ways.seek !== null} onSeek={seek} />
      <div className="flex items-center justify-center gap-6">
        <IconButton
          icon={RotateCcw}
          label={t("power.back")}
          disabled={ways.seek === null}
          onClick={() => seek(positionS - STEP_S)}
        />
        <IconButton
          icon={isPlaying ? Pause : Play}
          label={isPlaying ? t("power.pause") : t("power.play")}
          className="size-16 border border-on-film/25"
          disabled={ways.play === null}
          onClick={() => (press === "play" || press === "pause") && send({ op: press })}
        />
        <IconButton
          icon={RotateCw}
          label={t("power.forward")}
          disabled={ways.seek === null}
          onClick={() => seek(positionS + STEP_S)}
        />
      </div>
      {ways.play === null && <p className="text-center text-on-film-muted text-xs">{t("power.may_not")}</p>}
    </div>
  );
}

interface SeekBarProps {
  positionS: number;
  endS: number;
  isEnabled: boolean;
  onSeek: (position: number) => void;
}

/** One command for a whole drag: while the thumb is held, only this page moves. */
function SeekBar({ positionS, endS, isEnabled, onSeek }: SeekBarProps) {
  const { t } = useTranslation();
  const [heldS, setHeld] = useState<number | null>(null);
  const bar = useRef<HTMLInputElement>(null);
  const isByKey = useRef(false);
  const shownS = heldS ?? positionS;
  const drop = (): void => {
    if (heldS !== null) onSeek(heldS);
    setHeld(null);
  };
  // React's onChange is the browser's "input". The browser's "change" is the end of a drag, also where no pointer tells
  // of it; of a key that is held it is every step, and the end is the key's own.
  useEffect(() => {
    const element = bar.current;
    const onCommit = (): void => {
      if (!isByKey.current) drop();
    };
    element?.addEventListener("change", onCommit);
    return () => element?.removeEventListener("change", onCommit);
  });
  return (
    <div className="flex items-center gap-3 text-xs tabular-nums">
      <span>{formatClock(shownS)}</span>
      <input
        ref={bar}
        type="range"
        aria-label={t("power.position")}
        aria-valuetext={formatClock(shownS)}
        className="h-10 flex-1 accent-accent"
        min={0}
        max={Math.max(endS, 1)}
        step={1}
        value={Math.floor(shownS)}
        disabled={!isEnabled || endS === 0}
        onChange={(event) => setHeld(Number(event.currentTarget.value))}
        onPointerCancel={() => setHeld(null)}
        onKeyDown={() => {
          isByKey.current = true;
        }}
        onKeyUp={() => {
          isByKey.current = false;
          drop();
        }}
        onBlur={() => {
          isByKey.current = false;
          drop();
        }}
      />
      <span>{formatClock(endS)}</span>
    </div>
  );
}
