import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Clapperboard, RotateCw, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Progress } from "@/components/ui/Progress";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { canCancel, canRetry, jobStateWord, rungStateWord, toneOf } from "@/features/admin/job-state";
import { OperatorPage } from "@/features/admin/OperatorPage";
import { changeJob, jobsQuery } from "@/features/admin/operator-api";
import { formatEta, formatShare } from "@/lib/format";
import { keys } from "@/lib/queries";
import { byRung, rungName } from "@/lib/rungs";
import { toast } from "@/lib/toast";
import type { Job, JobRung } from "@/types/schemas";

export function JobsPage() {
  const { t } = useTranslation();
  return (
    <OperatorPage title={t("jobs.heading")} text={t("jobs.text")}>
      <Jobs />
    </OperatorPage>
  );
}

function Jobs() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(jobsQuery);
  if (isPending) {
    return (
      <div role="status" className="flex max-w-5xl flex-col gap-4">
        <span className="sr-only">{t("common.loading")}</span>
        <Skeleton className="h-44" />
        <Skeleton className="h-44" />
      </div>
    );
  }
  if (!data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data.length === 0) {
    return <EmptyState icon={<Clapperboard aria-hidden />} title={t("jobs.empty_title")} text={t("jobs.empty")} />;
  }
  return (
    <ul className="flex max-w-5xl flex-col gap-4">
      {data.map((job) => (
        <li key={job.asset_id}>
          <JobCard job={job} />
        </li>
      ))}
    </ul>
  );
}

function JobCard({ job }: { job: Job }) {
  const { t } = useTranslation();
  const rungs = [...job.rungs].sort((a, b) => byRung(a.name, b.name));
  return (
    <article className="rounded-card border border-line bg-surface p-4 sm:p-6" data-testid={`job-${job.title_id}`}>
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="title w-full min-w-0 text-2xl sm:w-auto sm:flex-1">
          <Link to="/title/$id" params={{ id: job.title_id }} className="hover:underline hover:underline-offset-4">
            {job.title}
          </Link>
        </h2>
        <Badge tone={toneOf(job.state)}>{jobStateWord(t, job.state)}</Badge>
        <JobActions job={job} />
      </div>
      {job.reason && <p className="mt-3 rounded-card border border-line bg-ground px-4 py-3 text-sm">{job.reason}</p>}
      {job.notes.length > 0 && (
        <ul aria-label={t("jobs.notes_of", { name: job.title })} className="mt-3 list-disc pl-5 text-muted text-sm">
          {job.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {rungs.length > 0 && (
        <ul aria-label={t("jobs.rungs_of", { name: job.title })} className="mt-5 grid gap-x-8 gap-y-4 sm:grid-cols-2">
          {rungs.map((rung) => (
            <li key={rung.name}>
              <RungLine rung={rung} of={job.title} />
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

/** "63 % · 2.3× · 4 min left" while it moves, one word while it does not. */
function RungLine({ rung, of }: { rung: JobRung; of: string }) {
  const { t } = useTranslation();
  const name = rungName(t, rung.name);
  const isMoving = rung.state === "building";
  const words = isMoving
    ? [
        formatShare(rung.progress),
        rung.speed === null ? "" : t("rungs.speed", { speed: rung.speed.toFixed(1) }),
        rung.eta_s === null ? "" : t("rungs.left", { eta: formatEta(rung.eta_s) }),
      ]
    : [rungStateWord(t, rung.state)];
  return (
    <div className="flex flex-col gap-1.5">
      <p className="flex justify-between gap-3 text-sm tabular-nums">
        <span>{name}</span>
        <span className="text-muted">{words.filter(Boolean).join(" · ")}</span>
      </p>
      <Progress value={rung.progress} label={t("jobs.progress_of", { rung: name, name: of })} />
    </div>
  );
}

function JobActions({ job }: { job: Job }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const change = useMutation({
    mutationFn: (what: "retry" | "cancel") => changeJob(job.asset_id, what),
    onSuccess: (_, what) => {
      setAsking(false);
      void toast(job.title, { description: t(what === "retry" ? "jobs.retried" : "jobs.cancelled") });
      void client.invalidateQueries({ queryKey: keys.jobs });
    },
  });
  return (
    <>
      {canRetry(job) && (
        <Button size="sm" busy={change.isPending} onClick={() => change.mutate("retry")}>
          <RotateCw aria-hidden className="size-4" />
          {t("jobs.retry")}
        </Button>
      )}
      {canCancel(job) && (
        <Button size="sm" onClick={() => setAsking(true)}>
          <X aria-hidden className="size-4" />
          {t("jobs.cancel")}
        </Button>
      )}
      <Dialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t("jobs.cancel_title", { name: job.title })}
        description={t("jobs.cancel_text")}
      >
        <div className="flex justify-end gap-3">
          <Button onClick={() => setAsking(false)}>{t("jobs.keep_going")}</Button>
          <Button variant="danger" busy={change.isPending} onClick={() => change.mutate("cancel")}>
            {t("jobs.cancel_confirm")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
