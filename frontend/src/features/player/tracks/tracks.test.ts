import { describe, expect, it, test } from "vitest";
import { chapterAt, skippable } from "./chapters";
import { activeCues, keepInside, nextChange, pictureBox, placeCue, readImageTrack } from "./image-cues";
import { guessLanguage, languageChoices } from "./languages";
import { clampOffset, formatOffset, initialSubtitle, preferredSubtitle } from "./subtitle-choice";
import { parseTrickplay, spriteAt } from "./trickplay";
import type { SubtitleTrack } from "./types";
import { faultOf, LARGEST_FILE_BYTES } from "./upload-rules";

const track = (id: string, lang: string, over: Partial<SubtitleTrack> = {}): SubtitleTrack => ({
  id,
  lang,
  name: id,
  kind: "text",
  url: `/${id}.vtt`,
  isForced: false,
  isUploaded: false,
  isMine: false,
  offsetMs: 0,
  ...over,
});

describe("the subtitles a film starts with", () => {
  const tracks = [track("f", "eng", { isForced: true }), track("e", "eng"), track("d", "deu")];

  it("are in the language chosen before, whole rather than forced", () => {
    expect(initialSubtitle(tracks, { remembered: "en", audioLang: "fr" })).toBe("e");
  });
  it("are the forced ones of the language that is spoken", () => {
    expect(initialSubtitle(tracks, { remembered: null, audioLang: "eng" })).toBe("f");
  });
  it("are none otherwise", () => {
    expect(initialSubtitle(tracks, { remembered: null, audioLang: "fr" })).toBeNull();
    expect(initialSubtitle([], { remembered: "en", audioLang: "en" })).toBeNull();
  });
  it("switched on by the key are in the browser's language", () => {
    expect(preferredSubtitle(tracks, "de-AT")).toBe("d");
    expect(preferredSubtitle(tracks, "fr")).toBe("e");
    expect(preferredSubtitle([], "fr")).toBeNull();
  });
});

test.each([
  [0, "0 s"],
  [50, "+0.05 s"],
  [-1000, "−1 s"],
  [1250, "+1.25 s"],
])("an offset of %d ms reads %s", (offset, words) => expect(formatOffset(offset)).toBe(words));

test("offsets end at ten minutes", () => {
  expect(clampOffset(9e9)).toBe(600_000);
  expect(clampOffset(-9e9)).toBe(-600_000);
});

test.each([
  ["Night.Train.2021.eng.srt", "en"],
  ["Night.Train.German.forced.ass", "de"],
  ["night-train_pt-BR.srt", "pt"],
  ["It.srt", null],
  ["It.2017.srt", null],
  ["No.Country.fr.en.vtt", "en"],
  ["subtitles.srt", null],
])("the language of %s is %s", (name, language) => expect(guessLanguage(name)).toBe(language));

test("languages are listed by their names", () => {
  const names = languageChoices("en").map(({ name }) => name);
  expect(names).toContain("German");
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, "en")));
});

test.each([
  [null, "file_missing"],
  [{ name: "a.sub", size: 10 }, "file_kind"],
  [{ name: "a.srt", size: 0 }, "file_empty"],
  [{ name: "a.SRT", size: LARGEST_FILE_BYTES + 1 }, "file_large"],
  [{ name: "a.SRT", size: 10 }, null],
])("a file %o is refused for %s", (file, fault) => expect(faultOf(file)).toBe(fault));

describe("subtitles that are pictures", () => {
  const canvas = { width: 1920, height: 1080 };
  const cue = { start: 1, end: 2, x: 480, y: 918, w: 960, h: 108, url: "/a.png" };

  it("lie in the film's picture between the bars", () => {
    const box = pictureBox({ width: 960, height: 960 }, { width: 1920, height: 1080 });
    expect(box).toEqual({ left: 0, top: 210, width: 960, height: 540 });
    expect(placeCue(cue, canvas, box)).toEqual({ left: 240, top: 669, width: 480, height: 54 });
  });
  it("stay on the middle of a picture that was cropped", () => {
    const box = pictureBox({ width: 1920, height: 1080 }, { width: 1920, height: 800 });
    expect(box.top).toBe(140);
    expect(placeCue(cue, canvas, box).top).toBeCloseTo(918);
  });
  it("never leave the element", () => {
    const element = { width: 1920, height: 800 };
    const placed = placeCue(cue, canvas, pictureBox(element, element));
    expect(placed.top).toBeCloseTo(778);
    expect(keepInside(placed, element).top).toBeCloseTo(692);
  });
  it("say where they are before the picture's size is known", () => {
    expect(pictureBox({ width: 300, height: 200 }, { width: 0, height: 0 })).toEqual({
      left: 0,
      top: 0,
      width: 300,
      height: 200,
    });
  });
  it("come and go with the film", () => {
    const cues = [cue, { ...cue, start: 1.5, end: 4 }];
    expect(activeCues(cues, 0.9)).toHaveLength(0);
    expect(activeCues(cues, 1.7)).toHaveLength(2);
    expect(activeCues(cues, 2)).toHaveLength(1);
    expect([0, 1, 1.7, 2, 4].map((time) => nextChange(cues, time))).toEqual([1, 1.5, 2, 4, null]);
  });
  it("are read without what makes no sense", () => {
    const bad = [null, { ...cue, end: 1 }, { ...cue, w: 0 }, { ...cue, x: "1" }, { start: 1 }];
    const read = readImageTrack({ ...canvas, cues: [...bad, { ...cue, url: "p/1.png" }] }, "http://h/media/s/p.json");
    expect(read.cues.map(({ url }) => url)).toEqual(["http://h/media/s/p/1.png"]);
    expect(readImageTrack("nonsense", "http://h/").cues).toEqual([]);
    expect(readImageTrack(null, "http://h/").cues).toEqual([]);
  });
});

describe("the small pictures of the seek bar", () => {
  const text = `WEBVTT

00:00:00.000 --> 00:00:10.000
trickplay/t00.jpg#xywh=0,0,160,90

00:10.000 --> 00:20.000
trickplay/t00.jpg#xywh=160,0,160,90

01:00:00.000 --> 01:00:10.000
no picture here
`;
  const sprites = parseTrickplay(text, "http://h/media/sig/v/a.1/trickplay.vtt");

  it("are parts of sheets beside their list", () => {
    expect(sprites).toHaveLength(2);
    expect(sprites[1]).toEqual({
      start: 10,
      end: 20,
      url: "http://h/media/sig/v/a.1/trickplay/t00.jpg",
      x: 160,
      y: 0,
      width: 160,
      height: 90,
    });
  });
  it("are found by time, the nearest before in a gap", () => {
    expect(spriteAt(sprites, 3)?.x).toBe(0);
    expect(spriteAt(sprites, 10)?.x).toBe(160);
    expect(spriteAt(sprites, 999)?.x).toBe(160);
    expect(spriteAt([], 3)).toBeNull();
  });
  it("are none when the list is nonsense", () => {
    expect(parseTrickplay("<html>", "http://h/")).toEqual([]);
  });
});

test("the chapter at a moment is the last that has begun", () => {
  const chapters = [
    { start: 0, end: 5, title: "one" },
    { start: 5, end: 9, title: "two" },
  ];
  expect(chapterAt(chapters, 4.9)?.title).toBe("one");
  expect(chapterAt(chapters, 100)?.title).toBe("two");
  expect(chapterAt([], 1)).toBeNull();
});

test("an intro can be skipped only inside it, and not when it is as good as over", () => {
  const marks = [{ kind: "intro" as const, start: 10, end: 40 }];
  expect([9.9, 10, 37.9, 38, 41].map((time) => skippable(marks, time)?.kind ?? null)).toEqual([
    null,
    "intro",
    "intro",
    null,
    null,
  ]);
});
