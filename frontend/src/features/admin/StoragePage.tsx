import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { HardDrive, Pin, PinOff, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LeavesBadge } from "@/components/title/LeavesBadge";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { OperatorPage } from "@/features/admin/OperatorPage";
import { keepTitle, storageQuery } from "@/features/admin/operator-api";
import { StorageEvents } from "@/features/admin/StorageEvents";
import { formatAgo, formatBytes } from "@/lib/format";
import { keys } from "@/lib/queries";
import { byRung, rungName } from "@/lib/rungs";
import type { Storage, StoredTitle } from "@/types/schemas";

export function StoragePage() {
  const { t } = useTranslation();
  return (
    <OperatorPage title={t("storage.heading")} text={t("storage.text")}>
      <Disk />
    </OperatorPage>
  );
}

function Disk() {
  const { data, error, isPending, refetch } = useQuery(storageQuery);
  if (isPending) return <StorageSkeleton />;
  if (!data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <div className="flex max-w-5xl flex-col gap-10">
      <Meter storage={data} />
      <StoredTitles titles={data.titles} />
      <StorageEvents events={data.events} />
    </div>
  );
}

function StorageSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex max-w-5xl flex-col gap-4">
      <span className="sr-only">{t("common.loading")}</span>
      <Skeleton className="h-24" />
      <Skeleton className="h-20" />
      <Skeleton className="h-20" />
    </div>
  );
}

function Meter({ storage }: { storage: Storage }) {
  const { t } = useTranslation();
  const { used_bytes: used, reserved_bytes: reserved, free_bytes: free } = storage;
  const quota = storage.quota_bytes;
  const percent = (bytes: number): number => (quota > 0 ? Math.min(100, (bytes / quota) * 100) : 0);
  return (
    <section aria-label={t("storage.meter")} className="rounded-card border border-line bg-surface p-5 sm:p-6">
      <p className="title text-2xl tabular-nums">
        {t("storage.used", { used: formatBytes(used), quota: formatBytes(quota) })}
      </p>
      <div aria-hidden className="mt-4 flex h-3 overflow-hidden rounded-pill bg-line">
        <div className="bg-accent" style={{ width: `${percent(used)}%` }} />
        <div className="bg-accent/45" style={{ width: `${Math.min(percent(reserved), 100 - percent(used))}%` }} />
      </div>
      <p className="mt-3 text-muted text-sm tabular-nums">
        {[
          reserved > 0 ? t("storage.reserved", { bytes: formatBytes(reserved) }) : "",
          t("storage.free", { bytes: formatBytes(free) }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {storage.is_full && (
        <p role="alert" className="mt-4 flex gap-2.5 rounded-card border border-bad/50 p-3 text-sm">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          {t("storage.full")}
        </p>
      )}
    </section>
  );
}

function StoredTitles({ titles }: { titles: readonly StoredTitle[] }) {
  const { t } = useTranslation();
  if (titles.length === 0) {
    return <EmptyState icon={<HardDrive aria-hidden />} title={t("storage.empty_title")} text={t("storage.empty")} />;
  }
  const largest = [...titles].sort((a, b) => b.bytes - a.bytes);
  return (
    <section aria-labelledby="stored-titles">
      <h2 id="stored-titles" className="title mb-4 text-2xl">
        {t("storage.titles")}
      </h2>
      <ul className="flex flex-col gap-3">
        {largest.map((title) => (
          <li key={title.title_id}>
            <StoredTitleRow title={title} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function StoredTitleRow({ title }: { title: StoredTitle }) {
  const { t } = useTranslation();
  const watched = title.watched_at
    ? t("storage.watched", { ago: formatAgo(title.watched_at) })
    : t("storage.never_watched");
  return (
    <article className="flex flex-wrap items-start gap-x-6 gap-y-3 rounded-card border border-line bg-surface p-4 sm:p-5">
      <div className="min-w-0 flex-1 basis-64">
        <h3 className="font-semibold">
          <Link to="/title/$id" params={{ id: title.title_id }} className="hover:underline hover:underline-offset-4">
            {title.name}
          </Link>
        </h3>
        <p className="mt-1 text-muted text-sm">{watched}</p>
        {title.reason && <p className="mt-1 text-sm">{title.reason}</p>}
        <Renditions title={title} />
      </div>
      <div className="flex flex-wrap items-center gap-3">
        {title.kept ? <Badge tone="good">{t("storage.kept")}</Badge> : <LeavesBadge leavesAt={title.leaves_at} />}
        <span className="font-semibold tabular-nums">{formatBytes(title.bytes)}</span>
        <KeepButton title={title} />
      </div>
    </article>
  );
}

function Renditions({ title }: { title: StoredTitle }) {
  const { t } = useTranslation();
  const isFilm = ({ name }: { name: string }): boolean => /^[va]/.test(name);
  const rungs = title.renditions.filter(isFilm).sort((a, b) => byRung(a.name, b.name));
  const rest = title.renditions.filter((each) => !isFilm(each)).reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm tabular-nums">
      {title.source_bytes > 0 && <li>{t("storage.source", { bytes: formatBytes(title.source_bytes) })}</li>}
      {rungs.map(({ name, bytes, state }) => (
        <li key={name} className="text-muted">
          {[rungName(t, name), bytes > 0 ? formatBytes(bytes) : "", stateWord(t, state)].filter(Boolean).join(" ")}
        </li>
      ))}
      {rest > 0 && <li className="text-muted">{t("storage.rest", { bytes: formatBytes(rest) })}</li>}
    </ul>
  );
}

/** Silence for what is there; a state that this page does not know is not worth a guess. */
function stateWord(t: TFunction, state: string): string {
  const known = ["planned", "building", "evicted", "failed"] as const;
  const found = known.find((each) => each === state);
  return found === undefined ? "" : t(`storage.state.${found}`);
}

function KeepButton({ title }: { title: StoredTitle }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const keep = useMutation({
    mutationFn: () => keepTitle(title.title_id, !title.kept),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.storage }),
  });
  const Icon = title.kept ? PinOff : Pin;
  return (
    <Button
      size="sm"
      busy={keep.isPending}
      onClick={() => keep.mutate()}
      aria-label={t(title.kept ? "storage.unkeep" : "storage.keep", { name: title.name })}
    >
      <Icon aria-hidden className="size-4" />
      {t(title.kept ? "storage.unkeep_short" : "storage.keep_short")}
    </Button>
  );
}
