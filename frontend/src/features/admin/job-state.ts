/** What can be done with a job, and what its states are called. Pure. */
import type { TFunction } from "i18next";
import type { Job } from "@/types/schemas";

const JOB_STATES = ["queued", "probing", "playable", "complete", "failed", "evicted"] as const;
const RUNG_STATES = ["planned", "building", "ready", "failed", "evicted"] as const;
const ENDED: ReadonlySet<string> = new Set(["failed", "evicted"]);
const BEFORE_PLAYING: ReadonlySet<string> = new Set(["queued", "probing"]);

export function canRetry({ state, rungs }: Job): boolean {
  return ENDED.has(state) || rungs.some((rung) => rung.state === "failed");
}

export function canCancel({ state, rungs }: Job): boolean {
  if (ENDED.has(state)) return false;
  return BEFORE_PLAYING.has(state) || rungs.some((rung) => rung.state === "building" || rung.state === "planned");
}

/** A state that this page does not know is shown as the server calls it. */
export function jobStateWord(t: TFunction, state: string): string {
  const known = JOB_STATES.find((each) => each === state);
  return known === undefined ? state : t(`jobs.state.${known}`);
}

export function rungStateWord(t: TFunction, state: string): string {
  const known = RUNG_STATES.find((each) => each === state);
  return known === undefined ? state : t(`jobs.rung_state.${known}`);
}

export function toneOf(state: string): "good" | "bad" | "accent" | "neutral" {
  if (state === "complete") return "good";
  if (state === "failed") return "bad";
  return ENDED.has(state) ? "neutral" : "accent";
}
