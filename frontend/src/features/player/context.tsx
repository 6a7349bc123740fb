import { createContext, use, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import type { PlayerActions } from "./actions";
import type { TakeStep } from "./engine/engine";
import type { PlayerState, PlayerStore } from "./store";

export interface PlayerHandle {
  store: PlayerStore;
  actions: PlayerActions;
  video: HTMLVideoElement;
  stage: HTMLElement;
  /** Measured line speed, 0 while unknown. */
  kbps: () => number;
  step: TakeStep;
  /** Subtitles of one's own; null for guests. */
  own: OwnSubtitlesHandle | null;
}

export interface OwnSubtitlesHandle {
  titleId: string;
  /** Ask for the film's tracks again. */
  refresh: () => Promise<unknown>;
}

export const PlayerContext = createContext<PlayerHandle | null>(null);

export function usePlayer(): PlayerHandle {
  const handle = use(PlayerContext);
  if (handle === null) throw new Error("usePlayer needs a Player around it");
  return handle;
}

/** Whether the button for play and pause offers to play. */
export function useOffersPlay(): boolean {
  const { actions } = usePlayer();
  return useSyncExternalStore(actions.watchOffer, actions.offersPlay);
}

export function usePlayerState<T>(select: (state: PlayerState) => T): T {
  return useStore(usePlayer().store, select);
}
