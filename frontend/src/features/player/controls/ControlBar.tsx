import {
  Captions,
  Keyboard,
  Maximize,
  Minimize,
  Pause,
  PictureInPicture2,
  Play,
  RotateCcw,
  RotateCw,
} from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/ui/cx";
import { formatClock } from "@/lib/format";
import { useOffersPlay, usePlayer, usePlayerState } from "../context";
import { chapterAt } from "../tracks/chapters";
import { IconButton } from "./IconButton";
import { ChapterMenu } from "./menus/ChapterMenu";
import { SettingsMenu } from "./menus/SettingsMenu";
import { SeekBar } from "./SeekBar";
import { VolumeControl } from "./VolumeControl";

const JUMP_S = 10;

function TimeText() {
  const time = usePlayerState((state) => Math.floor(state.time));
  const duration = usePlayerState((state) => state.duration);
  const chapter = usePlayerState(({ chapters, time: at }) => (chapters.length > 1 ? chapterAt(chapters, at) : null));
  return (
    <>
      <span className="whitespace-nowrap px-2 text-sm tabular-nums">
        {formatClock(time)} <span className="text-on-film-muted">/ {formatClock(duration)}</span>
      </span>
      {chapter?.title && (
        <span className="hidden min-w-0 truncate text-on-film-muted text-sm @3xl:block">{chapter.title}</span>
      )}
    </>
  );
}

function TransportButtons() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const offersPlay = useOffersPlay();
  const { can } = actions;
  return (
    <>
      <IconButton
        icon={offersPlay ? Play : Pause}
        label={offersPlay ? t("player.play") : t("player.pause")}
        data-testid="toggle-play"
        disabled={!can.playPause}
        onClick={actions.togglePlay}
      />
      <IconButton
        icon={RotateCcw}
        label={t("player.back_10")}
        disabled={!can.seek}
        onClick={() => actions.seekBy(-JUMP_S)}
        className="max-sm:hidden"
      />
      <IconButton
        icon={RotateCw}
        label={t("player.forward_10")}
        disabled={!can.seek}
        onClick={() => actions.seekBy(JUMP_S)}
        className="max-sm:hidden"
      />
    </>
  );
}

function ViewButtons() {
  const { t } = useTranslation();
  const { actions } = usePlayer();
  const hasSubtitles = usePlayerState((state) => state.subtitles.length > 0);
  const isSubtitled = usePlayerState((state) => state.subtitleId !== null);
  const isFullscreen = usePlayerState((state) => state.isFullscreen);
  return (
    <>
      {hasSubtitles && (
        <IconButton
          icon={Captions}
          label={t("player.subtitles")}
          aria-pressed={isSubtitled}
          onClick={actions.toggleSubtitles}
        />
      )}
      <IconButton
        icon={Keyboard}
        label={t("player.keys")}
        onClick={actions.toggleHelp}
        className="pointer-coarse:hidden max-sm:hidden"
      />
      {document.pictureInPictureEnabled && (
        <IconButton
          icon={PictureInPicture2}
          label={t("player.pip")}
          onClick={actions.togglePip}
          className="max-sm:hidden"
        />
      )}
      <IconButton
        icon={isFullscreen ? Minimize : Maximize}
        label={isFullscreen ? t("player.leave_fullscreen") : t("player.fullscreen")}
        onClick={actions.toggleFullscreen}
      />
    </>
  );
}

export function ControlBar({ isIdle }: { isIdle: boolean }) {
  const isPaused = usePlayerState((state) => state.isPaused);
  const hasProblem = usePlayerState((state) => state.problem !== null);
  const [openMenu, setOpenMenu] = useState<"chapters" | "settings" | null>(null);
  const isHidden = isIdle && !isPaused && openMenu === null;
  const noteMenu = (menu: "chapters" | "settings") => (isOpen: boolean) => setOpenMenu(isOpen ? menu : null);
  if (hasProblem) return null;
  return (
    <div
      data-controls
      className={cx(
        "scrim-up absolute inset-x-0 bottom-0 z-10 px-3 pt-14 pb-2 transition-opacity sm:px-5",
        isHidden && "opacity-0 pointer-coarse:pointer-events-none",
      )}
    >
      <SeekBar />
      <div className="flex items-center">
        <TransportButtons />
        <VolumeControl />
        <TimeText />
        <div className="grow" />
        <ViewButtons />
        <ChapterMenu onOpenChange={noteMenu("chapters")} />
        <SettingsMenu onOpenChange={noteMenu("settings")} />
      </div>
    </div>
  );
}
