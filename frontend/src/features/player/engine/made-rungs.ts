/**
 * Which rungs are there where the film plays. hls.js takes a light rung for a quick one, but one that the server has to
 * make first is no way out of a short buffer. Pure bookkeeping.
 */
import { rungOf } from "./start-level";

/** A first byte within this time came from the disk. */
const THERE_S = 1;
/** Until one was waited for. */
const GUESSED_WAIT_S = 5;
/** A machine that was busy for longer than this may be free by now: the buffer has to be able to outlast it. */
const LONGEST_WAIT_S = 15;
/** What should be left of the buffer when the segment comes. */
const RESERVE_S = 2;
/** About as long as segments are. */
const SEGMENT_S = 4;
const SEGMENT = /\/(v[\w-]*)\/\d+\.m4s/;

/** A level that failed may take another's place again after this time, here as in hls.js. */
export const PENALTY_MS = 30_000;

/** What hls.js says of a level. */
export interface Candidate {
  bitrate: number;
  url: readonly (string | undefined)[];
  codecSet: string;
  videoRange: string;
  loadError: number;
  /** `performance.now()`, 0 before the first. */
  loadErrorTime: number;
  fragmentError: number;
  supportedResult?: { decodingInfoResults: readonly { smooth: boolean }[] };
}

/** What can be spent on waiting: seconds of film ahead, and what the line carries; and the time, as errors are timed. */
export interface Means {
  bufferS: number;
  bps: number;
  nowMs: number;
}

export class MadeRungs {
  private readonly waitsS = new Map<string, number>();
  private top = Number.POSITIVE_INFINITY;

  /** `ready` are names of the rungs that are made where the film is opened. */
  constructor(ready: readonly string[]) {
    for (const rung of ready) this.waitsS.set(rung, 0);
  }

  /** The segment at `url` was waited for this long, from the request to its first byte. */
  note(url: string, waitedS: number): void {
    const rung = SEGMENT.exec(url)?.[1];
    if (rung !== undefined) this.waitsS.set(rung, waitedS < THERE_S ? 0 : Math.min(waitedS, LONGEST_WAIT_S));
  }

  /** The film was made anew. */
  forget(): void {
    this.waitsS.clear();
    this.liftCeiling();
  }

  /** The heaviest index to choose by itself; infinite without a ceiling. */
  get ceiling(): number {
    return this.top;
  }

  /** Nothing heavier than the nearest lighter rung than `from` that is there; without one, all stays as it is. */
  lowerCeiling(levels: readonly Candidate[], from: number, nowMs: number): void {
    const present = levels[from];
    if (present === undefined) return;
    const isFitting = (level: Candidate): boolean => canReplace(level, present) && !isPenalised(level, nowMs);
    const lighter = levels.slice(0, from).findLastIndex((level) => this.waitS(level) === 0 && isFitting(level));
    if (lighter >= 0) this.top = lighter;
  }

  liftCeiling(): void {
    this.top = Number.POSITIVE_INFINITY;
  }

  /**
   * The index in `levels` (lightest first) to load instead of `wished`: the same one when it is there or the buffer
   * outlasts its making; else the nearest lighter one that is there, or a heavier one that the line carries; and where
   * nothing is there, what comes soonest. Never one that has failed: hls.js leads away from those.
   */
  instead(levels: readonly Candidate[], wished: number, { bufferS, bps, nowMs }: Means): number {
    const wishedLevel = levels[wished];
    if (wishedLevel === undefined || this.waitsS.size === 0) return wished;
    const waitS = this.waitS(wishedLevel);
    if (waitS === 0 || bufferS > waitS + RESERVE_S) return wished;
    const others = levels.map((level, id) => ({ level, id, waitS: this.waitS(level) }));
    const fitting = others.filter(
      ({ level }) => level === wishedLevel || (canReplace(level, wishedLevel) && !isPenalised(level, nowMs)),
    );
    const lighter = fitting.findLast((other) => other.id < wished && other.waitS === 0);
    if (lighter !== undefined) return lighter.id;
    const carried = fitting.filter(({ level, id }) => id === wished || level.bitrate <= bps);
    const heavier = carried.find((other) => other.id > wished && other.waitS === 0);
    if (heavier !== undefined) return heavier.id;
    const comesInS = (other: (typeof others)[number]): number => other.waitS + (SEGMENT_S * other.level.bitrate) / bps;
    return carried.reduce((best, other) => (comesInS(other) < comesInS(best) ? other : best)).id;
  }

  private waitS(level: Candidate): number {
    return this.waitsS.get(rungOf(level)) ?? GUESSED_WAIT_S;
  }
}

/** A switch stays with the codec and the range of light, and with what the machine shows smoothly. */
function canReplace(level: Candidate, wished: Candidate): boolean {
  const isSmooth = level.supportedResult?.decodingInfoResults.every(({ smooth }) => smooth) ?? true;
  return isSmooth && level.codecSet === wished.codecSet && level.videoRange === wished.videoRange;
}

/** As in hls.js, which forgets errors of lists and answers after a while, but none of what could not be shown. */
function isPenalised({ loadError, loadErrorTime, fragmentError }: Candidate, nowMs: number): boolean {
  return loadError > 0 ? nowMs - loadErrorTime <= PENALTY_MS : fragmentError > 0;
}
