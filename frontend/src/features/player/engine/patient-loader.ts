/**
 * Loads segments that may still have to be made. The server holds a request until the segment is there, or says
 * "503, Retry-After": then the same request is sent again after that time, without hls.js taking it for a bad line.
 */
import Hls, {
  type FragmentLoaderConstructor,
  type LoaderCallbacks,
  type LoaderConfiguration,
  type LoaderContext,
  type LoaderResponse,
  type LoaderStats,
  type RetryConfig,
} from "hls.js";

const UNAVAILABLE = 503;
const DEFAULT_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 15_000;
/** With the server's own patience of 25 s per request this is about six minutes. */
const MAX_RETRIES = 12;
/** A first byte later than this was not the line's doing; what the line can carry is measured from there. */
const LINE_LATENCY_MS = 500;

/** "3" -> 3000. Null without the header: then it was no promise but a fault. A date is read as a short wait. */
export function retryAfterMs(header: string | null): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (!Number.isFinite(seconds)) return DEFAULT_RETRY_MS;
  return Math.min(Math.max(seconds * 1000, 0), LONGEST_RETRY_MS);
}

/** Time that the server needed to make a segment says nothing about the line: count at most `LINE_LATENCY_MS` of it. */
export function withoutServerWait(stats: Pick<LoaderStats, "loading">): void {
  const { loading } = stats;
  loading.start = Math.max(loading.start, loading.first - LINE_LATENCY_MS);
}

/** Sound and picture load side by side: `onPreparing` hears true while any of them waits for a segment to be made. */
export function patientLoader(onPreparing: (isPreparing: boolean) => void): FragmentLoaderConstructor {
  const waiting = new Set<object>();
  const note = (loader: object, isWaiting: boolean): void => {
    const before = waiting.size > 0;
    if (isWaiting) waiting.add(loader);
    else waiting.delete(loader);
    if (waiting.size > 0 !== before) onPreparing(!before);
  };

  class PatientLoader extends Hls.DefaultConfig.loader {
    override abort(): void {
      note(this, false);
      super.abort();
    }

    override destroy(): void {
      note(this, false);
      super.destroy();
    }

    override load(
      context: LoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      const errorRetry: RetryConfig = {
        maxNumRetry: MAX_RETRIES,
        retryDelayMs: DEFAULT_RETRY_MS,
        maxRetryDelayMs: LONGEST_RETRY_MS,
        backoff: "linear",
        shouldRetry: (retry, count, isTimeout, response) => !isTimeout && this.isPromised(retry, count, response),
      };
      const loadPolicy = { ...config.loadPolicy, errorRetry };
      super.load(context, { ...config, loadPolicy }, this.watched(callbacks));
    }

    private isPromised(retry: RetryConfig | null | undefined, count: number, response?: LoaderResponse): boolean {
      if (response?.code !== UNAVAILABLE || !retry || count >= retry.maxNumRetry) return false;
      const waitMs = retryAfterMs(this.getResponseHeader?.("Retry-After") ?? null);
      if (waitMs === null) return false;
      retry.retryDelayMs = waitMs;
      note(this, true);
      return true;
    }

    private watched(callbacks: LoaderCallbacks<LoaderContext>): LoaderCallbacks<LoaderContext> {
      return {
        ...callbacks,
        onSuccess: (response, stats, context, details) => {
          note(this, false);
          withoutServerWait(stats);
          callbacks.onSuccess(response, stats, context, details);
        },
      };
    }
  }
  return PatientLoader as unknown as FragmentLoaderConstructor;
}
