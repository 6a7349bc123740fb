/** The one map of keys: the player obeys it and the help overlay shows it. */
import type { PlayerActions } from "./actions";
import type { PlayerStore } from "./store";

export type ShortcutLabel =
  | "play"
  | "back_10"
  | "forward_10"
  | "back_5"
  | "forward_5"
  | "louder"
  | "softer"
  | "mute"
  | "fullscreen"
  | "pip"
  | "captions"
  | "captions_earlier"
  | "captions_later"
  | "faster"
  | "slower"
  | "jump"
  | "start"
  | "end"
  | "stats"
  | "help";

export interface Shortcut {
  label: ShortcutLabel;
  /** Values of KeyboardEvent.key, lower case. */
  keys: readonly string[];
  /** What the help shows instead of the keys themselves. */
  shown?: string;
  run: (actions: PlayerActions, store: PlayerStore, key: string) => void;
}

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;
const VOLUME_STEP = 0.05;
/** What an ear can tell from lips, and what a person counts; with Shift the larger one. */
export const OFFSET_STEPS_MS = { small: 50, large: 1000 } as const;

function offsetStep(key: string): number {
  return key === key.toUpperCase() ? OFFSET_STEPS_MS.large : OFFSET_STEPS_MS.small;
}

function stepRate(actions: PlayerActions, store: PlayerStore, by: 1 | -1): void {
  const { rate } = store.getState();
  const nearest = RATES.reduce((best, each) => (Math.abs(each - rate) < Math.abs(best - rate) ? each : best));
  const next = RATES[RATES.indexOf(nearest) + by];
  if (next !== undefined && actions.can.rate) actions.setRate(next);
}

export const SHORTCUTS: readonly Shortcut[] = [
  { label: "play", keys: ["k", " "], shown: "K  Space", run: (actions) => actions.togglePlay() },
  { label: "back_10", keys: ["j"], run: (actions) => actions.seekBy(-10) },
  { label: "forward_10", keys: ["l"], run: (actions) => actions.seekBy(10) },
  { label: "back_5", keys: ["arrowleft"], shown: "←", run: (actions) => actions.seekBy(-5) },
  { label: "forward_5", keys: ["arrowright"], shown: "→", run: (actions) => actions.seekBy(5) },
  {
    label: "louder",
    keys: ["arrowup"],
    shown: "↑",
    run: (actions, store) => actions.setVolume(store.getState().volume + VOLUME_STEP),
  },
  {
    label: "softer",
    keys: ["arrowdown"],
    shown: "↓",
    run: (actions, store) => actions.setVolume(store.getState().volume - VOLUME_STEP),
  },
  { label: "mute", keys: ["m"], run: (actions) => actions.toggleMute() },
  { label: "fullscreen", keys: ["f"], run: (actions) => actions.toggleFullscreen() },
  { label: "pip", keys: ["i"], run: (actions) => actions.togglePip() },
  { label: "captions", keys: ["c"], run: (actions) => actions.toggleSubtitles() },
  {
    label: "captions_earlier",
    keys: ["g"],
    shown: "G  ⇧G",
    run: (actions, _store, key) => actions.shiftSubtitles(-offsetStep(key)),
  },
  {
    label: "captions_later",
    keys: ["h"],
    shown: "H  ⇧H",
    run: (actions, _store, key) => actions.shiftSubtitles(offsetStep(key)),
  },
  { label: "faster", keys: [">"], run: (actions, store) => stepRate(actions, store, 1) },
  { label: "slower", keys: ["<"], run: (actions, store) => stepRate(actions, store, -1) },
  {
    label: "jump",
    keys: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    shown: "0 – 9",
    run: (actions, store, key) => actions.seek((Number(key) / 10) * store.getState().duration),
  },
  { label: "start", keys: ["home"], shown: "Home", run: (actions) => actions.seek(0) },
  { label: "end", keys: ["end"], shown: "End", run: (actions, store) => actions.seek(store.getState().duration) },
  { label: "stats", keys: ["s"], run: (actions) => actions.toggleStats() },
  { label: "help", keys: ["?"], run: (actions) => actions.toggleHelp() },
];

export function shortcutFor(key: string): Shortcut | undefined {
  return SHORTCUTS.find(({ keys }) => keys.includes(key.toLowerCase()));
}

export function shownKeys(shortcut: Shortcut): string {
  return shortcut.shown ?? shortcut.keys.join("  ").toUpperCase();
}
