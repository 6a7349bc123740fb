/** What the operator's pages ask the server. */
import { queryOptions } from "@tanstack/react-query";
import { api, call } from "@/lib/api";
import { keys } from "@/lib/queries";

const STORAGE_EVERY_MS = 10_000;
const JOBS_EVERY_MS = 1_000;
/** As often as the web processes say something new. */
const ROOMS_EVERY_MS = 5_000;

export const storageQuery = queryOptions({
  queryKey: keys.storage,
  queryFn: () => call(api.GET("/api/v1/storage")),
  refetchInterval: STORAGE_EVERY_MS,
  staleTime: 0,
});

export const jobsQuery = queryOptions({
  queryKey: keys.jobs,
  queryFn: async () => (await call(api.GET("/api/v1/jobs"))).jobs,
  refetchInterval: JOBS_EVERY_MS,
  staleTime: 0,
});

export const liveRoomsQuery = queryOptions({
  queryKey: keys.liveRooms,
  queryFn: () => call(api.GET("/api/v1/operator/rooms")),
  refetchInterval: ROOMS_EVERY_MS,
  staleTime: 0,
});

export function changeJob(assetId: string, what: "retry" | "cancel"): Promise<unknown> {
  const target = { params: { path: { asset_id: assetId } } };
  return call(
    what === "retry"
      ? api.POST("/api/v1/jobs/{asset_id}/retry", target)
      : api.POST("/api/v1/jobs/{asset_id}/cancel", target),
  );
}

export function keepTitle(titleId: string, isKept: boolean): Promise<unknown> {
  const target = { params: { path: { title_id: titleId } } };
  const path = "/api/v1/titles/{title_id}/keep";
  return call(isKept ? api.POST(path, target) : api.DELETE(path, target));
}
