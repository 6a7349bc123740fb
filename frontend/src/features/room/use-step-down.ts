/** A lighter quality before the film stops and the room has to wait. Alone, a player leaves that to hls.js. */
import { useEffect, useRef } from "react";
import type { PlayerHandle } from "@/features/player/context";
import { decideStep, STEADY } from "@/features/player/engine/step-down";
import { filmAhead } from "./film-ahead";

const LOOK_EVERY_MS = 500;

export function useStepDown(handle: PlayerHandle | null): void {
  const latest = useRef(handle);
  const video = handle?.video ?? null;
  useEffect(() => {
    latest.current = handle;
  }, [handle]);
  // One watch for one element: another handle of it, as after a change of rights, forgets nothing.
  useEffect(() => {
    if (video === null) return;
    let state = STEADY;
    const look = (): void => {
      const bufferS = filmAhead(video, video.currentTime);
      const leftS = (video.duration || Number.POSITIVE_INFINITY) - video.currentTime;
      const isPlaying = !video.paused && !video.seeking;
      const [next, step] = decideStep(state, { nowMs: performance.now(), bufferS, leftS, isPlaying });
      state = next;
      if (step !== null) latest.current?.step(step);
    };
    const timer = window.setInterval(look, LOOK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [video]);
}
