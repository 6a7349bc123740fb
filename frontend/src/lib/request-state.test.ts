import { describe, expect, test } from "vitest";
import { canCancel, canRetry, liveShare, STEPS, stepStatus } from "@/lib/request-state";
import { request } from "@/test/fixtures";
import type { RequestState } from "@/types/schemas";

const statuses = (state: RequestState) => STEPS.map((step) => stepStatus(step, state));

describe("the timeline", () => {
  test("is done up to the present step and open after it", () => {
    expect(statuses("downloading")).toEqual(["done", "done", "done", "now", "todo", "todo", "todo"]);
  });

  test("is all done when the film is ready", () => {
    expect(new Set(statuses("ready"))).toEqual(new Set(["done"]));
  });

  test.each<RequestState>(["declined", "failed", "needs_attention", "cancelled", "evicted"])(
    "shows where %s stopped",
    (state) => {
      expect(statuses(state).filter((status) => status === "stopped")).toHaveLength(1);
      expect(statuses(state)).not.toContain("now");
    },
  );
});

test("only the one who asked can cancel or retry, and only when it makes sense", () => {
  expect(canCancel(request)).toBe(true);
  expect(canCancel({ ...request, is_requester: false })).toBe(false);
  expect(canCancel({ ...request, is_following: false })).toBe(false);
  expect(canCancel({ ...request, state: "ready" })).toBe(false);
  expect(canRetry({ ...request, state: "failed" })).toBe(true);
  expect(canRetry({ ...request, state: "failed", is_requester: false })).toBe(false);
  expect(canRetry(request)).toBe(false);
});

test("a finished request shows no live share", () => {
  expect(liveShare(request)).toBe(0.41);
  expect(liveShare({ ...request, state: "failed" })).toBeNull();
});
