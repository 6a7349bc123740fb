/** Which rung a film opens with: one that is made already, so that the first picture waits for no encoder. Pure. */

/** A first guess between 480p and 720p, until this browser has measured its own line. */
export const GUESSED_BPS = 2_500_000;
/** Waiting for an encoder takes longer than for a segment that is this much too heavy for a guess. */
const GUESS_MARGIN = 2;
/** hls.js chooses by itself. */
export const ANY_LEVEL = -1;

interface Level {
  bitrate: number;
  url: readonly (string | undefined)[];
}

/** `levels` as hls.js sorts them, lightest first; `ready` are names of rungs; `measuredBps` is null on the first visit. */
export function startLevel(levels: readonly Level[], ready: readonly string[], measuredBps: number | null): number {
  const made = levels.map((level, id) => ({ id, level })).filter(({ level }) => ready.includes(rungOf(level)));
  const fitting = made.findLast(({ level }) => level.bitrate <= (measuredBps ?? GUESSED_BPS));
  if (fitting) return fitting.id;
  const lightest = measuredBps === null ? made[0] : undefined;
  return lightest && lightest.level.bitrate <= GUESSED_BPS * GUESS_MARGIN ? lightest.id : ANY_LEVEL;
}

/** ".../v480.m3u8" -> "v480". */
export function rungOf({ url }: Pick<Level, "url">): string {
  return /([\w-]+)\.m3u8$/.exec(url[0] ?? "")?.[1] ?? "";
}
