import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/ui/States";
import { keys, progressQuery, titleQuery } from "@/lib/queries";
import type { Playback, TitleDetail } from "@/types/schemas";
import { soloTransport, type Transport } from "./actions";
import type { PlayerHandle } from "./context";
import type { AskForAddress } from "./engine/engine";
import { BackButton } from "./overlays/BackButton";
import { OfflineNote } from "./overlays/OfflineNote";
import { ResumeNotice } from "./overlays/ResumeNotice";
import { Player } from "./Player";
import { usePlayback } from "./use-playback";
import { useProgress } from "./use-progress";

/** Nearer to either end than this, a film starts from the beginning. */
const RESUME_MARGIN_S = 10;

export function PlayerPage({ titleId }: { titleId: string }) {
  const title = useQuery(titleQuery(titleId));
  const progress = useQuery({ ...progressQuery(titleId), refetchOnWindowFocus: false });
  // What this browser knew before may be from another evening.
  const seen = progress.isFetchedAfterMount ? progress.data : undefined;
  const { playback, renewed } = usePlayback({
    titleId,
    startAt: seen ? resumePosition(seen.position_s, seen.duration_s) : undefined,
    isReady: progress.isFetchedAfterMount || progress.failureCount > 0,
  });

  const failed = [playback, title].find(({ isError, data }) => isError && data === undefined);
  if (failed) return <Failure titleId={titleId} error={failed.error} onRetry={() => void failed.refetch()} />;
  // A position from before this visit would take people back to where they were the time before.
  if (!playback.data || !title.data || !progress.isFetchedAfterMount) return <Opening titleId={titleId} />;
  return (
    <Film
      title={title.data}
      playback={playback.data}
      resumeAt={resumePosition(progress.data?.position_s ?? 0, playback.data.duration_s)}
      onExpired={renewed}
    />
  );
}

function resumePosition(position: number, duration: number): number {
  return position > RESUME_MARGIN_S && position < duration - RESUME_MARGIN_S ? position : 0;
}

interface FilmProps {
  title: TitleDetail;
  playback: Playback;
  resumeAt: number;
  onExpired: AskForAddress;
}

function Film({ title, playback, resumeAt, onExpired }: FilmProps) {
  const queries = useQueryClient();
  const [handle, setHandle] = useState<PlayerHandle | null>(null);
  const [startPosition] = useState(resumeAt);
  const makeTransport = useCallback((video: HTMLVideoElement): Transport => soloTransport(video), []);
  useProgress(handle, title.id);

  useEffect(() => handle?.actions.play(), [handle]);
  useEffect(() => {
    return () => {
      void queries.invalidateQueries({ queryKey: keys.library });
    };
  }, [queries]);

  return (
    <Player
      className="h-dvh w-full"
      playback={playback}
      name={title.name}
      startPosition={startPosition}
      makeTransport={makeTransport}
      onExpired={onExpired}
      uploadTo={title.id}
      onReady={setHandle}
      header={
        <>
          <title>{`${title.name} · Matinee`}</title>
          <BackButton titleId={title.id ?? ""} />
          <h1 className="title truncate text-lg">{title.name}</h1>
        </>
      }
    >
      <OfflineNote />
      {startPosition > 0 && <ResumeNotice position={startPosition} />}
    </Player>
  );
}

function Opening({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  return (
    <main className="relative flex h-dvh items-center justify-center bg-film text-on-film">
      <div className="absolute top-2 left-3 sm:left-5">
        <BackButton titleId={titleId} />
      </div>
      <p role="status" className="text-on-film-muted">
        {t("player.loading")}
      </p>
    </main>
  );
}

function Failure({ titleId, error, onRetry }: { titleId: string; error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center">
      <ErrorState error={error} onRetry={onRetry} />
      <Link
        to="/title/$id"
        params={{ id: titleId }}
        className="inline-flex items-center gap-2 text-accent-text underline"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {t("player.back_to_title")}
      </Link>
    </main>
  );
}
