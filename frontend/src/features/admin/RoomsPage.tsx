import { useQuery } from "@tanstack/react-query";
import { Activity, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/Badge";
import { Skeleton } from "@/components/ui/Skeleton";
import { EmptyState, ErrorState } from "@/components/ui/States";
import { OperatorPage } from "@/features/admin/OperatorPage";
import { liveRoomsQuery } from "@/features/admin/operator-api";
import type { LiveRoom } from "@/types/schemas";

const TONE = { playing: "good", waiting: "accent", paused: "neutral" } as const;

type State = keyof typeof TONE;

export function RoomsPage() {
  const { t } = useTranslation();
  return (
    <OperatorPage title={t("live_rooms.heading")} text={t("live_rooms.text")}>
      <LiveRooms />
    </OperatorPage>
  );
}

function LiveRooms() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(liveRoomsQuery);
  if (isPending) {
    return (
      <div role="status" className="flex max-w-5xl flex-col gap-4">
        <span className="sr-only">{t("common.loading")}</span>
        <Skeleton className="h-32" />
        <Skeleton className="h-32" />
      </div>
    );
  }
  if (!data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <div className="flex max-w-5xl flex-col gap-4">
      {!data.is_whole && (
        <p role="alert" className="flex gap-2.5 rounded-card border border-bad/50 p-3 text-sm">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          {t("live_rooms.partial")}
        </p>
      )}
      {data.rooms.length === 0 && (
        <EmptyState icon={<Activity aria-hidden />} title={t("live_rooms.empty_title")} text={t("live_rooms.empty")} />
      )}
      <ul className="flex flex-col gap-4">
        {data.rooms.map((room) => (
          <li key={room.id}>
            <LiveRoomCard room={room} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function LiveRoomCard({ room }: { room: LiveRoom }) {
  const { t } = useTranslation();
  const state = stateOf(room.state);
  const company = [
    t("live_rooms.people", { count: room.people }),
    room.talkers > 0 ? t("live_rooms.talkers", { count: room.talkers }) : "",
  ];
  return (
    <article className="rounded-card border border-line bg-surface p-4 sm:p-6" data-testid={`live-room-${room.id}`}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="title w-full min-w-0 truncate text-2xl sm:w-auto sm:flex-1">{room.name}</h2>
        <Badge tone={TONE[state]}>{t(`live_rooms.state.${state}`)}</Badge>
      </div>
      <p className="mt-1 text-muted text-sm">
        {t("live_rooms.of", { title: room.title, owner: room.owner_name })} {t("common.dot")}{" "}
        {company.filter(Boolean).join(" · ")}
      </p>
      {room.waiting_for.length > 0 && (
        <p className="mt-2 text-sm">{t("live_rooms.waiting_for", { names: room.waiting_for.join(", ") })}</p>
      )}
      <Figures room={room} />
    </article>
  );
}

function Figures({ room }: { room: LiveRoom }) {
  const { t } = useTranslation();
  const unknown = t("live_rooms.unknown");
  const rate = (value: number | null): string => (value === null ? unknown : value.toFixed(1));
  const rows = [
    {
      label: t("live_rooms.drift"),
      value: room.drift === null ? unknown : t("live_rooms.drift_ms", percentiles(room.drift)),
    },
    { label: t("live_rooms.stalls"), value: rate(room.stalls_per_hour), hint: t("live_rooms.rate_hint") },
    { label: t("live_rooms.seeks"), value: rate(room.seeks_per_hour), hint: t("live_rooms.rate_hint") },
  ];
  return (
    <dl className="mt-4 grid gap-x-8 gap-y-3 text-sm tabular-nums sm:grid-cols-3">
      {rows.map(({ label, value, hint }) => (
        <div key={label} title={hint} className="flex justify-between gap-4 sm:block">
          <dt className="text-muted">{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function percentiles({ p50_ms: p50, p95_ms: p95, p99_ms: p99 }: NonNullable<LiveRoom["drift"]>) {
  return { p50, p95, p99 };
}

function stateOf(state: string): State {
  return state in TONE ? (state as State) : "paused";
}
