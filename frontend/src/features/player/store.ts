/**
 * The state of one player, without any looks. The media element and the engine write it (media-binding.ts, engine);
 * components read it and change the film only through PlayerActions.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import { AUTO_LEVEL, type Problem, type TrackState } from "./engine/engine";
import type { Chapter, Mark, Mood, Sprite, SubtitleTrack } from "./tracks/types";

export interface Span {
  start: number;
  end: number;
}

/** A key of the page around the player, for its list of keys. */
export interface MoreKey {
  text: string;
  shown: string;
}

export interface PlayerState extends TrackState {
  isPaused: boolean;
  isWaiting: boolean;
  /** The server is still making the part that should play next. */
  isPreparing: boolean;
  isSeeking: boolean;
  hasEnded: boolean;
  /** The element has shown its first picture. */
  hasPicture: boolean;
  /** Seconds. */
  time: number;
  duration: number;
  buffered: Span[];
  rate: number;
  volume: number;
  isMuted: boolean;
  level: number;
  subtitles: SubtitleTrack[];
  subtitleId: string | null;
  /** How much later than written the chosen subtitles appear, ms. */
  subtitleOffsetMs: number;
  chapters: Chapter[];
  marks: Mark[];
  moods: Mood[];
  sprites: Sprite[];
  /** Why the server made these tracks of the film, sentences for people. */
  reasons: readonly string[];
  problem: Problem | null;
  isFullscreen: boolean;
  isPip: boolean;
  isHelpOpen: boolean;
  isStatsOpen: boolean;
  isUploadOpen: boolean;
  moreKeys: readonly MoreKey[];
}

export type PlayerStore = StoreApi<PlayerState>;

const INITIAL: PlayerState = {
  isPaused: true,
  isWaiting: true,
  isPreparing: false,
  isSeeking: false,
  hasEnded: false,
  hasPicture: false,
  time: 0,
  duration: 0,
  buffered: [],
  rate: 1,
  volume: 1,
  isMuted: false,
  levels: [],
  level: AUTO_LEVEL,
  activeLevel: null,
  audio: [],
  audioId: 0,
  subtitles: [],
  subtitleId: null,
  subtitleOffsetMs: 0,
  chapters: [],
  marks: [],
  moods: [],
  sprites: [],
  reasons: [],
  problem: null,
  isFullscreen: false,
  isPip: false,
  isHelpOpen: false,
  isStatsOpen: false,
  isUploadOpen: false,
  moreKeys: [],
};

export function createPlayerStore(duration: number): PlayerStore {
  return createStore<PlayerState>(() => ({ ...INITIAL, duration }));
}

/** What is left to move by: the server hands out own files moved already. */
export function remainingOffsetMs({ subtitles, subtitleId, subtitleOffsetMs }: PlayerState): number {
  return subtitleOffsetMs - (subtitles.find(({ id }) => id === subtitleId)?.offsetMs ?? 0);
}
