import { type PointerEvent, type ReactNode, useState } from "react";
import { cx } from "@/components/ui/cx";
import { usePlayer, usePlayerState } from "../context";
import { Captions } from "./Captions";
import { CentreSign } from "./CentreSign";
import { ImageCaptions } from "./ImageCaptions";
import { OffsetNote } from "./OffsetNote";
import { ProblemScreen } from "./ProblemScreen";
import { ShortcutHelp } from "./ShortcutHelp";
import { SkipButton } from "./SkipButton";
import { StatsPanel } from "./StatsPanel";

interface StageOverlayProps {
  isIdle: boolean;
  header: ReactNode;
  children?: ReactNode;
}

/** Two clicks within this time are one wish for the whole screen. */
const DOUBLE_CLICK_MS = 300;

/** The picture itself is a button for the mouse; on a touch screen a tap only brings the controls. */
function ClickSurface({ isIdle }: { isIdle: boolean }) {
  const { actions } = usePlayer();
  const [lastMs, setLastMs] = useState(0);
  const onPointerUp = (event: PointerEvent): void => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    if (event.timeStamp - lastMs < DOUBLE_CLICK_MS) actions.toggleFullscreen();
    actions.togglePlay();
    setLastMs(event.timeStamp);
  };
  return <div aria-hidden onPointerUp={onPointerUp} className={cx("absolute inset-0", isIdle && "cursor-none")} />;
}

export function StageOverlay({ isIdle, header, children }: StageOverlayProps) {
  const isPaused = usePlayerState((state) => state.isPaused);
  const problem = usePlayerState((state) => state.problem);
  const isHelpOpen = usePlayerState((state) => state.isHelpOpen);
  const isStatsOpen = usePlayerState((state) => state.isStatsOpen);
  const isHidden = isIdle && !isPaused && problem === null;
  return (
    <>
      <Captions areControlsShown={!isHidden} />
      <ImageCaptions />
      <ClickSurface isIdle={isHidden} />
      {problem === null && <CentreSign />}
      {problem !== null && <ProblemScreen problem={problem} />}
      <div
        className={cx(
          "absolute inset-x-0 top-0 z-10 flex items-center gap-2 px-3 bg-linear-to-b from-40% from-scrim-strong via-70% via-scrim-soft to-transparent pt-2 pb-12 transition-opacity sm:px-5",
          isHidden && "opacity-0 pointer-coarse:pointer-events-none",
        )}
      >
        {header}
      </div>
      {problem === null && <SkipButton />}
      <OffsetNote />
      {children}
      {isStatsOpen && <StatsPanel />}
      {isHelpOpen && <ShortcutHelp />}
    </>
  );
}
