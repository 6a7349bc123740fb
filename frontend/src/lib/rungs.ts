/** What the server makes of a film, in words: "v720" is "720p", "a-eng-2" is "Sound, English". Pure. */
import type { TFunction } from "i18next";

const SOUND = /^a-([a-z]{2,3})-\d+(-51)?$/;
const SUBTITLES = /^[stpu]-([a-z]{2,3})-\d+$/;

/** The name of a rendition; one that this page does not know is shown as it is. */
export function rungName(t: TFunction, name: string): string {
  if (name === "v-src") return t("rungs.source");
  const height = /^v(\d{3,4})$/.exec(name)?.[1];
  if (height !== undefined) return `${height}p`;
  const sound = SOUND.exec(name);
  if (sound) return withLanguage(t(sound[2] ? "rungs.surround" : "rungs.sound"), sound[1]);
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

/** Pictures first and best first, then sound, then the rest: the order in which people ask for them. */
export function byRung(one: string, other: string): number {
  const rank = (name: string): number =>
    name === "v-src" ? 0 : name.startsWith("v") ? 1 : name.startsWith("a") ? 2 : 3;
  return rank(one) - rank(other) || Number(other.slice(1)) - Number(one.slice(1)) || one.localeCompare(other);
}
