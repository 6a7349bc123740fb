/** What the operator's pages ask the server. */
import { queryOptions } from "@tanstack/react-query";
import { api, call } from "@/lib/api";
import { keys } from "@/lib/queries";

export type RungState = "planned" | "building" | "ready" | "evicted" | "failed";
export type JobState =
  | "queued"
  | "acquiring"
  | "probing"
  | "playable"
  | "complete"
  | "evicting"
  | "evicted"
  | "failed"
  | "paused";

export interface JobRung {
  name: string;
  state: RungState;
  progress: number;
  speed: number | null;
  eta_s: number | null;
}

export interface Job {
  asset_id: string;
  title_id: string;
  title: string;
  state: JobState;
  reason: string | null;
  rungs: JobRung[];
}

const STORAGE_EVERY_MS = 10_000;
/** As often as the engine itself says something new. */
const JOBS_EVERY_MS = 1_000;

export const storageQuery = queryOptions({
  queryKey: keys.storage,
  queryFn: () => call(api.GET("/api/v1/storage")),
  refetchInterval: STORAGE_EVERY_MS,
  staleTime: 0,
});

export const jobsQuery = queryOptions({
  queryKey: keys.jobs,
  queryFn: async () => (await call<{ jobs: Job[] }>(api.GET("/api/v1/jobs" as never) as never)).jobs,
  refetchInterval: JOBS_EVERY_MS,
  staleTime: 0,
});

export function changeJob(assetId: string, what: "retry" | "cancel"): Promise<unknown> {
  return call(api.POST(`/api/v1/jobs/${assetId}/${what}` as never) as never);
}

export function keepTitle(titleId: string, isKept: boolean): Promise<unknown> {
  const target = { params: { path: { title_id: titleId } } };
  const path = "/api/v1/titles/{title_id}/keep";
  return call(isKept ? api.POST(path, target) : api.DELETE(path, target));
}
