import { type ReactNode, useEffect, useMemo, useState } from "react";
import { cx } from "@/components/ui/cx";
import type { Playback } from "@/types/schemas";
import { createActions, type Transport } from "./actions";
import { PlayerContext, type PlayerHandle } from "./context";
import { ControlBar } from "./controls/ControlBar";
import type { AskForAddress, TakeStep } from "./engine/engine";
import { StageOverlay } from "./overlays/StageOverlay";
import { UploadSubtitles } from "./overlays/UploadSubtitles";
import { SubtitleTracks } from "./SubtitleTracks";
import { createPlayerStore } from "./store";
import { useEngine } from "./use-engine";
import { useFilmExtras } from "./use-film-extras";
import { useFullscreenState } from "./use-fullscreen-state";
import { useIdle } from "./use-idle";
import { useMediaSession } from "./use-media-session";
import { useShortcuts } from "./use-shortcuts";
import { useWakeLock } from "./use-wake-lock";

const VIDEO = { "data-testid": "video", playsInline: true, preload: "auto" } as const;

interface PlayerProps {
  playback: Playback;
  name: string;
  /** Seconds. */
  startPosition: number;
  makeTransport: (video: HTMLVideoElement) => Transport;
  onExpired: AskForAddress;
  /** The film that this person may bring subtitles for; null for guests. */
  uploadTo: string | null;
  /** The element is there, or gone: what steers the film from outside takes hold of it here. */
  onReady?: (handle: PlayerHandle | null) => void;
  /** Top of the picture: the way back, and the film's name. */
  header: ReactNode;
  /** Anything else over the picture. */
  children?: ReactNode;
  className?: string;
}

export function Player({ playback, name, startPosition, makeTransport, onExpired, ...rest }: PlayerProps) {
  const { onReady, header, children, className, uploadTo } = rest;
  const [store] = useState(() => createPlayerStore(playback.duration_s));
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [stage, setStage] = useState<HTMLElement | null>(null);
  const engine = useEngine({ video, store, playback, startPosition, onExpired });
  const isIdle = useIdle(stage);
  const own = useMemo(
    () => (uploadTo === null ? null : { titleId: uploadTo, refresh: onExpired }),
    [uploadTo, onExpired],
  );
  useFilmExtras(playback, store);

  const handle = useMemo<PlayerHandle | null>(() => {
    if (video === null || stage === null) return null;
    const actions = createActions({ store, video, stage, engine, transport: makeTransport(video) });
    const step: TakeStep = (way) => engine()?.step(way);
    return { store, actions, video, stage, kbps: () => engine()?.kbps() ?? 0, step, own };
  }, [store, video, stage, engine, makeTransport, own]);

  useEffect(() => {
    onReady?.(handle);
  }, [handle, onReady]);
  useShortcuts(handle);
  useFullscreenState(handle);
  useMediaSession(handle, name);
  useWakeLock(handle);

  return (
    <section
      ref={setStage}
      aria-label={name}
      className={cx(
        "@container relative flex items-center justify-center overflow-hidden bg-film text-on-film",
        className,
      )}
      data-idle={isIdle || undefined}
    >
      <video ref={setVideo} {...VIDEO} className="size-full object-contain">
        <SubtitleTracks playback={playback} store={store} />
      </video>
      {handle !== null && (
        <PlayerContext value={handle}>
          <StageOverlay isIdle={isIdle} header={header}>
            {children}
          </StageOverlay>
          <ControlBar isIdle={isIdle} />
          {own !== null && <UploadSubtitles own={own} />}
        </PlayerContext>
      )}
    </section>
  );
}
