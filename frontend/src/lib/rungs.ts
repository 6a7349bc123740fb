/** What the server makes of a film, in words: "v720" is "720p", "a-eng-2" is "Sound, English". Pure. */
import type { TFunction } from "i18next";

const SOUND = /^a-([a-z]{2,3})-\d+(-51|-low|)$/;
const SOUND_WORDS = { "-51": "rungs.surround", "-low": "rungs.light_sound", "": "rungs.sound" } as const;
const SUBTITLES = /^[stpu]-([a-z]{2,3})-\d+$/;

/** The name of a rendition; one that this page does not know is shown as it is. */
export function rungName(t: TFunction, name: string): string {
  if (name === "v-src") return t("rungs.source");
  const lines = /^v(\d{3,4})(?:-x264)?$/.exec(name)?.[1];
  if (lines !== undefined) return `${lines}p`;
  const sound = SOUND.exec(name);
  if (sound) return withLanguage(t(SOUND_WORDS[sound[2] as keyof typeof SOUND_WORDS]), sound[1]);
  const subtitles = SUBTITLES.exec(name);
  if (subtitles) return withLanguage(t("rungs.subtitles"), subtitles[1]);
  if (name === "trickplay") return t("rungs.trickplay");
  return name;
}

function withLanguage(kind: string, code: string | undefined): string {
  if (code === undefined || code === "und") return kind;
  const language = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" }).of(code);
  return language ? `${kind}, ${language}` : kind;
}

const height = (name: string): number => Number.parseInt(name.slice(1), 10);

/** Pictures first and best first, then sound, then the rest: the order in which people ask for them. */
export function byRung(one: string, other: string): number {
  const rank = (name: string): number =>
    name === "v-src" ? 0 : name.startsWith("v") ? 1 : name.startsWith("a") ? 2 : 3;
  return rank(one) - rank(other) || height(other) - height(one) || one.localeCompare(other);
}
