/** How a request's state is shown: which step of the way it is on, whether it still moves, what can be done. Pure. */
import type { Pages } from "@/lib/frames";
import type { RequestItem, RequestState } from "@/types/schemas";

export const STEPS = ["requested", "approved", "source", "downloaded", "checked", "prepared", "ready"] as const;
export type Step = (typeof STEPS)[number];

/** The step that a state is working on; the steps before it are done. */
const WORKING_ON: Record<RequestState, Step> = {
  submitted: "requested",
  pending_approval: "approved",
  approved: "source",
  searching: "source",
  waiting_space: "downloaded",
  queued: "downloaded",
  downloading: "downloaded",
  verifying: "checked",
  packaging: "prepared",
  ready: "ready",
  declined: "approved",
  cancelled: "requested",
  failed: "downloaded",
  evicted: "ready",
  needs_attention: "prepared",
};

const ENDED: ReadonlySet<RequestState> = new Set(["ready", "declined", "cancelled", "failed", "evicted"]);
const STOPPED: ReadonlySet<RequestState> = new Set(["declined", "cancelled", "failed", "evicted", "needs_attention"]);
const RETRIABLE: ReadonlySet<RequestState> = new Set(["failed", "evicted", "needs_attention"]);

export type StepStatus = "done" | "now" | "todo" | "stopped";

export function stepStatus(step: Step, state: RequestState): StepStatus {
  if (state === "ready") return "done";
  const distance = STEPS.indexOf(step) - STEPS.indexOf(WORKING_ON[state]);
  if (distance < 0) return "done";
  if (distance > 0) return "todo";
  return STOPPED.has(state) ? "stopped" : "now";
}

export function isMoving(state: RequestState): boolean {
  return !ENDED.has(state) && state !== "needs_attention";
}

export function isStopped(state: RequestState): boolean {
  return STOPPED.has(state);
}

export function canRetry(request: RequestItem): boolean {
  return request.is_requester && RETRIABLE.has(request.state);
}

export function canCancel(request: RequestItem): boolean {
  return request.is_requester && request.is_following && !ENDED.has(request.state);
}

/** 0..1 while something measurable is under way, else null. */
export function liveShare(request: RequestItem): number | null {
  return isMoving(request.state) ? request.progress : null;
}

/** The newest request for a film: rows come newest first. */
export function findRequest(data: Pages<RequestItem> | undefined, titleId: string | null): RequestItem | undefined {
  if (titleId === null) return undefined;
  for (const page of data?.pages ?? []) {
    const found = page.results.find((row) => row.title.id === titleId);
    if (found) return found;
  }
  return undefined;
}
