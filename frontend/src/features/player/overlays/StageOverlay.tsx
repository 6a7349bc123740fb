import type { ReactNode } from "react";
import { cx } from "@/components/ui/cx";
import { usePlayerState } from "../context";
import { Captions } from "./Captions";
import { CentreSign } from "./CentreSign";
import { ClickSurface } from "./ClickSurface";
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
