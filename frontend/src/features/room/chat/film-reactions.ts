/** Reactions on the film by place: what is due while it plays, and where the seek bar shows them. Pure. */
import type { Mood } from "@/features/player/tracks/types";
import type { Burst } from "@/types/frames.gen";
import type { Emoji } from "../feed";

/** By second of the film, how often people felt what there. */
export type FilmReactions = ReadonlyMap<number, readonly Burst[]>;

/** A longer step than this was a jump: what lies between was not seen. */
const MOST_STEP_S = 2;
/** Columns on the seek bar; more would run into each other on a phone. */
const COLUMNS = 60;
/** A crowd is a handful of icons, not a curtain. */
const MOST_ICONS = 5;

export function addBursts(known: FilmReactions, bursts: readonly Burst[]): FilmReactions {
  const all = new Map(known);
  for (const burst of bursts) {
    const there = all.get(burst.mt) ?? [];
    const same = there.find(({ e }) => e === burst.e);
    const others = there.filter(({ e }) => e !== burst.e);
    all.set(burst.mt, [...others, { ...burst, n: burst.n + (same?.n ?? 0) }]);
  }
  return all;
}

/** What people felt in the seconds that began after `fromS` and not after `toS`, the film having played on. */
export function dueBetween(known: FilmReactions, fromS: number, toS: number): Burst[] {
  if (toS <= fromS || toS - fromS > MOST_STEP_S) return [];
  const seconds = Array.from({ length: Math.floor(toS) - Math.floor(fromS) }, (_, i) => Math.floor(fromS) + 1 + i);
  return seconds.flatMap((second) => [...(known.get(second) ?? [])]);
}

export function moodsOf(known: FilmReactions, durationS: number): Mood[] {
  if (durationS <= 0) return [];
  const width = durationS / COLUMNS;
  const sums = new Map<number, number>();
  for (const [second, bursts] of known) {
    const column = Math.min(Math.floor(second / width), COLUMNS - 1);
    sums.set(
      column,
      bursts.reduce((sum, { n }) => sum + n, sums.get(column) ?? 0),
    );
  }
  const most = Math.max(...sums.values());
  return [...sums].map(([column, sum]) => ({ at: (column + 0.5) * width, weight: sum / most }));
}

export function iconsOf(bursts: readonly Burst[]): Emoji[] {
  return bursts.flatMap(({ e, n }) => Array.from({ length: Math.min(n, MOST_ICONS) }, () => e));
}

/** For people who want no motion: the same as sums by emoji. */
export function sumsOf(icons: readonly Emoji[]): [Emoji, number][] {
  const sums = new Map<Emoji, number>();
  for (const emoji of icons) sums.set(emoji, (sums.get(emoji) ?? 0) + 1);
  return [...sums];
}
