/** Lowers the film while somebody speaks. Invariant: no timer runs while nobody does and the film is as loud as chosen. */
import { setFilmGain } from "@/features/player/film-volume";
import { duck, isAtRest, UNDUCKED } from "./ducking";
import { isSpeech, type VoiceStore } from "./voice-store";

const STEP_MS = 25;

export function duckFilm(video: HTMLMediaElement, store: VoiceStore): () => void {
  let state = UNDUCKED;
  let timer: number | undefined;
  const rest = (): void => {
    window.clearInterval(timer);
    timer = undefined;
  };
  const step = (): void => {
    const speech = isSpeech(store.getState());
    state = duck(state, speech, performance.now());
    setFilmGain(video, state.gain);
    if (isAtRest(state) && !speech) rest();
  };
  const look = (): void => {
    if (timer !== undefined || !isSpeech(store.getState())) return;
    state = { ...state, atMs: performance.now() };
    timer = window.setInterval(step, STEP_MS);
  };
  const unsubscribe = store.subscribe(look);
  look();
  return () => {
    unsubscribe();
    rest();
    setFilmGain(video, 1);
  };
}
