import { expect, test } from "vitest";
import { i18next } from "@/lib/i18n";
import { byRung, rungName } from "@/lib/rungs";

test.each([
  ["v-src", "As uploaded"],
  ["v720", "720p"],
  ["v720-x264", "720p"],
  ["a-eng-2", "Sound, English"],
  ["a-und-1", "Sound"],
  ["a-fra-2-51", "5.1 sound, French"],
  ["a-fra-2-low", "Sound for slow lines, French"],
  ["s-deu-3", "Subtitles, German"],
  ["trickplay", "Previews"],
  ["something-new", "something-new"],
])("%s is called %s", (name, words) => expect(rungName(i18next.t, name)).toBe(words));

test("the picture comes first, best first", () => {
  const names = ["s-eng-3", "v480-x264", "a-eng-1", "v-src", "v1080", "trickplay", "v720"];
  expect(names.sort(byRung)).toEqual(["v-src", "v1080", "v720", "v480-x264", "a-eng-1", "s-eng-3", "trickplay"]);
});
