/**
 * Which rungs are there where the film plays. hls.js takes a light rung for a quick one, but one that the server has to
 * make first is no way out of a short buffer. Pure bookkeeping.
 */
import { rungOf } from "./start-level";

/** A first byte within this time came from the disk. */
const THERE_S = 1;
/** Until one was waited for. */
const GUESSED_WAIT_S = 5;
/** What should be left of the buffer when the segment comes. */
const RESERVE_S = 2;
/** About as long as segments are. */
const SEGMENT_S = 4;
const SEGMENT = /\/(v[\w-]*)\/\d+\.m4s/;

interface Level {
  bitrate: number;
  url: readonly (string | undefined)[];
}

/** What can be spent on waiting: seconds of film ahead, and what the line carries. */
export interface Means {
  bufferS: number;
  bps: number;
}

export class MadeRungs {
  private readonly waitsS = new Map<string, number>();

  /** `ready` are names of the rungs that are made where the film is opened. */
  constructor(ready: readonly string[]) {
    for (const rung of ready) this.waitsS.set(rung, 0);
  }

  /** The segment at `url` was waited for this long, from the request to its first byte. */
  note(url: string, waitedS: number): void {
    const rung = SEGMENT.exec(url)?.[1];
    if (rung !== undefined) this.waitsS.set(rung, waitedS < THERE_S ? 0 : waitedS);
  }

  /**
   * The index in `levels` (lightest first) to load instead of `wished`: the same one when it is there or the buffer
   * outlasts its making; else the nearest lighter one that is there, or a heavier one that the line carries; and where
   * nothing is there, what comes soonest.
   */
  instead(levels: readonly Level[], wished: number, { bufferS, bps }: Means): number {
    const wishedLevel = levels[wished];
    if (wishedLevel === undefined) return wished;
    const waitS = this.waitS(wishedLevel);
    if (waitS === 0 || bufferS > waitS + RESERVE_S) return wished;
    const isThere = (level: Level): boolean => this.waitS(level) === 0;
    const lighter = levels.slice(0, wished).findLastIndex(isThere);
    if (lighter >= 0) return lighter;
    const carried = levels
      .map((level, id) => ({ level, id }))
      .filter(({ level, id }) => id === wished || level.bitrate <= bps);
    const heavier = carried.find(({ level, id }) => id > wished && isThere(level));
    if (heavier !== undefined) return heavier.id;
    const comesInS = (level: Level): number => this.waitS(level) + (SEGMENT_S * level.bitrate) / bps;
    return carried.reduce((best, other) => (comesInS(other.level) < comesInS(best.level) ? other : best)).id;
  }

  private waitS(level: Level): number {
    return this.waitsS.get(rungOf(level)) ?? GUESSED_WAIT_S;
  }
}
