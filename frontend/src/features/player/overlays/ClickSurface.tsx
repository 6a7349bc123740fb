import { type PointerEvent, useEffect, useRef } from "react";
import { cx } from "@/components/ui/cx";
import { usePlayer } from "../context";

/** Two clicks within this time are one wish for the whole screen. */
const DOUBLE_CLICK_MS = 300;

/** The picture itself is a button for the mouse; on a touch screen a tap only brings the controls. */
export function ClickSurface({ isIdle }: { isIdle: boolean }) {
  const { actions } = usePlayer();
  const lastMs = useRef(Number.NEGATIVE_INFINITY);
  const toggle = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(toggle.current), []);
  const onPointerUp = (event: PointerEvent): void => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    const isDouble = event.timeStamp - lastMs.current < DOUBLE_CLICK_MS;
    lastMs.current = event.timeStamp;
    window.clearTimeout(toggle.current);
    if (isDouble) actions.toggleFullscreen();
    if (!actions.isShared) actions.togglePlay();
    else if (!isDouble && actions.can.playPause) {
      const meant = actions.offersPlay() ? actions.play : actions.pause; // what it offers now, not when the time is up
      toggle.current = window.setTimeout(meant, DOUBLE_CLICK_MS);
    }
  };
  return <div aria-hidden onPointerUp={onPointerUp} className={cx("absolute inset-0", isIdle && "cursor-none")} />;
}
