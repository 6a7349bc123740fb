import type { FragmentLoaderContext, LoaderCallbacks, LoaderConfiguration } from "hls.js";
import Hls from "hls.js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { asJustBegun, patientLoader, retryAfterMs, withoutServerWait } from "./patient-loader";

interface Answer {
  status: number;
  retryAfter?: string;
}

/** What the loader asks of XMLHttpRequest; answers in the order given. */
function serveInOrder(answers: Answer[]): string[] {
  const asked: string[] = [];
  class FakeRequest {
    readyState = 0;
    status = 0;
    statusText = "";
    response: ArrayBuffer | null = null;
    responseURL = "";
    responseType = "arraybuffer";
    onreadystatechange: (() => void) | null = null;
    private answer: Answer = { status: 500 };
    open(_method: string, url: string): void {
      this.readyState = 1;
      this.responseURL = url;
    }
    send(): void {
      asked.push(this.responseURL);
      this.answer = answers.shift() ?? { status: 500 };
      window.setTimeout(() => {
        this.status = this.answer.status;
        this.response = this.status === 200 ? new ArrayBuffer(4) : null;
        this.readyState = 4;
        this.onreadystatechange?.();
      }, 1);
    }
    abort(): void {}
    getAllResponseHeaders(): string {
      return this.answer.retryAfter === undefined ? "" : `retry-after: ${this.answer.retryAfter}`;
    }
    getResponseHeader(): string | null {
      return this.answer.retryAfter ?? null;
    }
  }
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  return asked;
}

function load({ frag }: { frag?: { sn: number | "initSegment" } } = {}) {
  const preparing: boolean[] = [];
  const came: [string, number][] = [];
  const Loader = patientLoader(
    (isPreparing) => preparing.push(isPreparing),
    (url, waitedS) => came.push([url, waitedS]),
  );
  const loader = new Loader(Hls.DefaultConfig);
  const callbacks = { onSuccess: vi.fn(), onError: vi.fn(), onTimeout: vi.fn(), onAbort: vi.fn() };
  const policy = { maxTimeToFirstByteMs: 30_000, maxLoadTimeMs: 60_000, timeoutRetry: null, errorRetry: null };
  loader.load(
    { url: "http://h/00001.m4s", responseType: "arraybuffer", frag } as FragmentLoaderContext,
    { loadPolicy: policy, timeout: 0, maxRetry: 0, retryDelay: 0, maxRetryDelay: 0 } as LoaderConfiguration,
    callbacks as unknown as LoaderCallbacks<FragmentLoaderContext>,
  );
  return { callbacks, preparing, loader, came };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a segment that is being made is asked for again after the time the server named, and people are told", async () => {
  const asked = serveInOrder([{ status: 503, retryAfter: "3" }, { status: 200 }]);
  const { callbacks, preparing } = load();
  await vi.advanceTimersByTimeAsync(100);
  expect(preparing).toEqual([true]);
  await vi.advanceTimersByTimeAsync(2_800);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(300);
  expect(asked).toHaveLength(2);
  expect(callbacks.onSuccess).toHaveBeenCalledOnce();
  expect(callbacks.onError).not.toHaveBeenCalled();
  expect(preparing).toEqual([true, false]);
});

test.each([
  ["at once", [], 0],
  ["once it is made", [{ status: 503, retryAfter: "3" }], 3],
])("it is said how long a segment was waited for that comes %s", async (_name, before, waitedS) => {
  serveInOrder([...before, { status: 200 }]);
  const { came } = load();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(came).toEqual([["http://h/00001.m4s", expect.closeTo(waitedS, 1)]]);
});

test.each([{ status: 503 }, { status: 500, retryAfter: "1" }, { status: 403 }])(
  "an answer of %o is an error at once",
  async (answer) => {
    const asked = serveInOrder([answer]);
    const { callbacks, preparing } = load();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(callbacks.onError).toHaveBeenCalledOnce();
    expect(asked).toHaveLength(1);
    expect(preparing).toEqual([]);
  },
);

test("patience ends", async () => {
  serveInOrder(Array.from({ length: 50 }, () => ({ status: 503, retryAfter: "2" })));
  const { callbacks } = load();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(callbacks.onError).toHaveBeenCalledOnce();
});

test("nobody is told to wait for a segment that is no longer wanted", async () => {
  serveInOrder([{ status: 503, retryAfter: "2" }]);
  const { preparing, loader } = load();
  await vi.advanceTimersByTimeAsync(100);
  loader.abort();
  expect(preparing).toEqual([true, false]);
});

test.each([
  ["2", 2_000],
  ["0", 0],
  ["9999", 15_000],
  ["Wed, 21 Oct 2026 07:28:00 GMT", 2_000],
  ["", null],
  [null, null],
])("Retry-After: %s means %s ms", (header, ms) => expect(retryAfterMs(header)).toBe(ms));

test("the server's own time does not count as a slow line", () => {
  const slow = { loading: { start: 1_000, first: 21_000, end: 21_400 } };
  withoutServerWait(slow);
  expect(slow.loading.start).toBe(20_500);
  const quick = { loading: { start: 1_000, first: 1_100, end: 1_400 } };
  withoutServerWait(quick);
  expect(quick.loading.start).toBe(1_000);
});

test("a request without a first byte looks young, so that hls.js does not give it up for a lighter rung", () => {
  const waiting = { loaded: 0, loading: { start: 1_000, first: 0, end: 0 } };
  asJustBegun(waiting, 1_300);
  expect(waiting.loading.start).toBe(1_000);
  asJustBegun(waiting, 9_000);
  expect(waiting.loading.start).toBe(8_500);
  const coming = { loaded: 900, loading: { start: 1_000, first: 1_200, end: 0 } };
  asJustBegun(coming, 9_000);
  expect(coming.loading.start).toBe(1_000);
});

test("while a segment is awaited its request stays young, and nothing ticks on afterwards", async () => {
  serveInOrder([{ status: 503, retryAfter: "3" }, { status: 200 }]);
  const { callbacks, loader } = load();
  const beganMs = loader.stats.loading.start;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(loader.stats.loading.start).toBeGreaterThanOrEqual(beganMs + 1_400);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(callbacks.onSuccess).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test.each([[[{ status: 403 }]], [[]]])("nothing ticks on after a failure: %o", async (answers) => {
  serveInOrder(answers);
  const { callbacks } = load();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(callbacks.onError).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  [1, 1],
  ["initSegment" as const, 0],
])("hls.js hears %s that was aborted %i times: the end of an init segment takes the next segment down", (sn, times) => {
  serveInOrder([{ status: 200 }]);
  const { callbacks, loader, preparing } = load({ frag: { sn } });
  loader.abort();
  expect(callbacks.onAbort).toHaveBeenCalledTimes(times);
  expect(preparing).toEqual([]);
});
