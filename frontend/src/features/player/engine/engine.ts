/** What any way of playing a signed HLS film offers to the player. hls-engine.ts and native-engine.ts implement it. */
import type { Step } from "./step-down";

export interface QualityLevel {
  id: number;
  height: number;
  kbps: number;
  /** The file as it was uploaded, untouched. */
  isSource: boolean;
}

export interface Track {
  id: number;
  lang: string;
  name: string;
  channels: number;
}

export interface TrackState {
  levels: QualityLevel[];
  /** The level on screen, or null before the first frame. */
  activeLevel: number | null;
  audio: Track[];
  audioId: number;
}

/** Take a lighter quality that is made already, or what the line carries again. A quality that was chosen stays. */
export type TakeStep = (step: Step) => void;

/** Why a film cannot go on; each has its own words and its own way out. */
export type Problem = "network" | "decode" | "unsupported" | "missing" | "not_ready" | "expired" | "forbidden" | "busy";

/** What came of asking for a fresh address: one, or the reason why there is none. */
export type Renewal = { address: string } | { problem: Problem };

export type AskForAddress = () => Promise<Renewal>;

export interface EngineEvents {
  onTracks: (tracks: Partial<TrackState>) => void;
  onProblem: (problem: Problem) => void;
  /** The server is still making the part that should play next. */
  onPreparing: (isPreparing: boolean) => void;
  /** The signed address is no longer accepted: ask for a fresh one. */
  onExpired: AskForAddress;
}

export interface Engine {
  /** -1 lets the engine choose. */
  setLevel: (id: number) => void;
  setAudio: (id: number) => void;
  /** Go on under a freshly signed address, at the same place; a film that was made anew is opened again. */
  renew: (masterUrl: string) => void;
  retry: () => void;
  kbps: () => number;
  step: TakeStep;
  destroy: () => void;
}

export interface EngineOptions extends EngineEvents {
  video: HTMLVideoElement;
  masterUrl: string;
  /** Seconds. */
  startPosition: number;
  /** Names of the rungs whose beginning is made already ("v480"). */
  ready: readonly string[];
}

export const AUTO_LEVEL = -1;

/** A refused or interrupted play() leaves the element paused, and the big play button says the rest. */
export function ignoreInterruption(error: unknown): void {
  if (!(error instanceof DOMException)) throw error;
}
