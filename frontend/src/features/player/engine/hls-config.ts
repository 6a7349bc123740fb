/** How hls.js is set up here, and what this browser remembers of earlier films: its line and its language. */
import type { HlsConfig } from "hls.js";
import workerUrl from "hls.js/dist/hls.worker.js?url";
import { PENALTY_MS } from "./made-rungs";
import { GUESSED_BPS } from "./start-level";

const BANDWIDTH_KEY = "matinee.bandwidth";
const AUDIO_KEY = "matinee.audio";
const FIRST_BYTE_LIMIT_MS = 30_000;
const LOAD_LIMIT_MS = 120_000;

/** What belongs to one player. */
type Given = Pick<HlsConfig, "startPosition" | "fLoader" | "abrController"> & {
  xhrSetup: NonNullable<HlsConfig["xhrSetup"]>;
};

export function configFor(given: Given): Partial<HlsConfig> {
  const retry = { maxNumRetry: 4, retryDelayMs: 500, maxRetryDelayMs: 8_000 };
  const lang = localStorage.getItem(AUDIO_KEY);
  return {
    ...given,
    ...(lang === null ? {} : { audioPreference: { lang } }),
    workerPath: workerUrl,
    maxBufferLength: 30,
    // Light rungs would be fetched for ten minutes ahead, and be watched that long on a line that is good again.
    maxMaxBufferLength: 60,
    backBufferLength: 90,
    capLevelToPlayerSize: true,
    errorPenaltyExpireMs: PENALTY_MS,
    // Subtitles are whole WebVTT files in <track> elements (SubtitleTracks.tsx), the same in every browser.
    enableWebVTT: false,
    enableIMSC1: false,
    abrEwmaDefaultEstimate: rememberedBandwidth() ?? GUESSED_BPS,
    fragLoadPolicy: {
      default: {
        maxTimeToFirstByteMs: FIRST_BYTE_LIMIT_MS,
        maxLoadTimeMs: LOAD_LIMIT_MS,
        timeoutRetry: { ...retry, retryDelayMs: 0 },
        errorRetry: { ...retry, backoff: "exponential" },
      },
    },
  };
}

/** Bits/s. */
export function keepBandwidth(bps: number): void {
  localStorage.setItem(BANDWIDTH_KEY, String(Math.round(bps)));
}

export function keepLanguage(lang: string): void {
  localStorage.setItem(AUDIO_KEY, lang);
}

/** Bits/s, as this browser measured them before. */
export function rememberedBandwidth(): number | null {
  const stored = Number(localStorage.getItem(BANDWIDTH_KEY));
  return Number.isFinite(stored) && stored > 0 ? stored : null;
}
