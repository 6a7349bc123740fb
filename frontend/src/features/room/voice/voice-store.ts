/** The voice chat as the page shows it. VoiceSession writes it; components read it. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Talker } from "@/types/frames.gen";
import type { Refusal } from "./microphone";
import { rememberedVolumes, type Volumes } from "./sounds";

/** `hold`: the microphone is open while a key or button is held. `open`: it listens, and hears when somebody speaks. */
export type Mode = "hold" | "open";

export interface VoiceState {
  status: "off" | "joining" | "on";
  /** Why joining did not work. */
  refusal: Refusal | "server" | null;
  mode: Mode;
  isMuted: boolean;
  isHeld: boolean;
  isTalking: boolean;
  /** How loud the microphone is, 0 to 1. */
  level: number;
  /** Everybody in the voice chat, also while we are not. */
  who: readonly Talker[];
  /** By person, 0 to 1; whoever is missing is at full volume. */
  volumes: Volumes;
}

export type VoiceStore = StoreApi<VoiceState>;

const MODE_KEY = "matinee.voice.mode";

export function createVoiceStore(): VoiceStore {
  return createStore<VoiceState>(() => ({
    status: "off",
    refusal: null,
    mode: localStorage.getItem(MODE_KEY) === "open" ? "open" : "hold",
    isMuted: false,
    isHeld: false,
    isTalking: false,
    level: 0,
    who: [],
    volumes: rememberedVolumes(),
  }));
}

export function rememberMode(mode: Mode): void {
  localStorage.setItem(MODE_KEY, mode);
}

/** Whether the film should be lower: somebody whom we hear, or we ourselves. */
export function isSpeech({ status, who, isTalking }: VoiceState): boolean {
  return status === "on" && (isTalking || who.some(({ talking }) => talking));
}
