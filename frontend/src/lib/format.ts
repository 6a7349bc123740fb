/** Numbers and times in the words people use. Pure; the locale is the document's. */

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** 2530 -> "42:10", 3730 -> "1:02:10". */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / HOUR_S);
  const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
  const rest = `${pad(whole % MINUTE_S)}`;
  return hours > 0 ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** 94 -> "1 h 34 min". */
export function formatRuntime(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 ? `${hours} h` : "", rest > 0 || hours === 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}

/** 0.414 -> "41 %". Never says 100 before the work is done. */
export function formatShare(share: number): string {
  return `${share >= 1 ? 100 : Math.min(99, Math.floor(share * 100))} %`;
}

/** Bytes per second -> "3.2 MB/s". */
export function formatSpeed(bytesPerSecond: number): string {
  if (bytesPerSecond >= 1_000_000) return `${(bytesPerSecond / 1_000_000).toFixed(1)} MB/s`;
  return `${Math.round(bytesPerSecond / 1000)} kB/s`;
}

/** Seconds left -> "40 s", "12 min", "3 h", "2 d". */
export function formatEta(seconds: number): string {
  if (seconds < MINUTE_S) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < HOUR_S) return `${Math.round(seconds / MINUTE_S)} min`;
  if (seconds < DAY_S) return `${Math.round(seconds / HOUR_S)} h`;
  return `${Math.round(seconds / DAY_S)} d`;
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", DAY_S],
  ["hour", HOUR_S],
  ["minute", MINUTE_S],
];

/** ISO time -> "3 hours ago"; under a minute "now". */
export function formatAgo(iso: string, nowMs: number = Date.now()): string {
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

export function formatDateTime(iso: string): string {
  return new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

const BYTE_UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** 1_420_000_000 -> "1.4 GB"; decimal units, as disks are sold. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [Math.max(0, bytes), 0];
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  const digits = unit > 0 && value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** Whole days until `iso`, rounded up: 0 means today or past. */
export function daysUntil(iso: string, nowMs: number = Date.now()): number {
  const left = Date.parse(iso) - nowMs;
  return left < DAY_S * 1000 ? 0 : Math.ceil(left / (DAY_S * 1000));
}
