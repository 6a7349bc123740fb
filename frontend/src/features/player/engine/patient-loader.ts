/**
 * Loads segments that may still have to be made. The server holds a request until the segment is there, or says
 * "503, Retry-After": then the same request is sent again after that time, without hls.js taking it for a bad line.
 */
import Hls, {
  type FragmentLoaderConstructor,
  type FragmentLoaderContext,
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
const LOOK_EVERY_MS = 100;

/** "3" -> 3000. Null without the header: then it was no promise but a fault. A date is read as a short wait. */
export function retryAfterMs(header: string | null): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (!Number.isFinite(seconds)) return DEFAULT_RETRY_MS;
  return Math.min(Math.max(seconds * 1000, 0), LONGEST_RETRY_MS);
}

/**
 * While no byte has come the request looks as if it had just begun: hls.js would take the wait for a line that breaks
 * down, give the segment up, and ask for a lighter one, which has to be made as well.
 */
export function asJustBegun({ loaded, loading }: Pick<LoaderStats, "loaded" | "loading">, nowMs: number): void {
  // An answer without a byte of the segment, "503, Retry-After", has a first byte of its own.
  if (loaded === 0) loading.start = Math.max(loading.start, nowMs - LINE_LATENCY_MS);
}

/** Time that the server needed to make a segment says nothing about the line: count at most `LINE_LATENCY_MS` of it. */
export function withoutServerWait(stats: Pick<LoaderStats, "loading">): void {
  const { loading } = stats;
  loading.start = Math.max(loading.start, loading.first - LINE_LATENCY_MS);
  loading.first = Math.max(loading.first, loading.start);
}

function isInit(context: LoaderContext): boolean {
  return (context as Partial<FragmentLoaderContext>).frag?.sn === "initSegment";
}

/**
 * hls.js 1.7 loads an init segment beside the first segment that needs it. When the place changes before it is there,
 * it is asked for again, and the end of the request before takes the new segment down with it: ten times a second,
 * until the init segment comes quicker than that. Nobody needs that end: whoever aborts one goes on by themselves.
 */
function withoutAbort(callbacks: LoaderCallbacks<LoaderContext>): LoaderCallbacks<LoaderContext> {
  const { onAbort: _, ...others } = callbacks;
  return others;
}

/**
 * Sound and picture load side by side: `onPreparing` hears true while any of them waits for a segment to be made.
 * `onCame` hears of each that came how long its first byte was waited for.
 */
export function patientLoader(
  onPreparing: (isPreparing: boolean) => void,
  onCame: (url: string, waitedS: number) => void,
): FragmentLoaderConstructor {
  const waiting = new Set<object>();
  const note = (loader: object, isWaiting: boolean): void => {
    const before = waiting.size > 0;
    if (isWaiting) waiting.add(loader);
    else waiting.delete(loader);
    if (waiting.size > 0 !== before) onPreparing(!before);
  };

  class PatientLoader extends Hls.DefaultConfig.loader {
    private look = 0;

    override abort(): void {
      this.rest();
      super.abort();
    }

    override destroy(): void {
      this.rest();
      super.destroy();
    }

    private rest(): void {
      window.clearInterval(this.look);
      note(this, false);
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
      window.clearInterval(this.look);
      this.look = window.setInterval(() => asJustBegun(this.stats, performance.now()), LOOK_EVERY_MS);
      const heard = isInit(context) ? withoutAbort(callbacks) : callbacks;
      super.load(context, { ...config, loadPolicy }, this.watched(heard));
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
      const askedMs = performance.now();
      return {
        ...callbacks,
        onSuccess: (response, stats, context, details) => {
          this.rest();
          onCame(context.url, (stats.loading.first - askedMs) / 1000);
          withoutServerWait(stats);
          callbacks.onSuccess(response, stats, context, details);
        },
        onError: (error, context, details, stats) => {
          this.rest();
          callbacks.onError(error, context, details, stats);
        },
        onTimeout: (stats, context, details) => {
          this.rest();
          callbacks.onTimeout(stats, context, details);
        },
      };
    }
  }
  return PatientLoader as unknown as FragmentLoaderConstructor;
}
