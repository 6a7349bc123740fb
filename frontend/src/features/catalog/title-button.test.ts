import { expect, test } from "vitest";
import { chooseButton } from "@/features/catalog/title-button";
import { detail, request } from "@/test/fixtures";

const at = (position_s: number, watched = false) => ({ position_s, watched });
const none = { ...detail, availability: "none" as const };
const downloading = { ...detail, availability: "downloading" as const };

test("a ready film plays from the start, or goes on where it was left", () => {
  expect(chooseButton(detail, undefined, undefined)).toEqual({ kind: "play" });
  expect(chooseButton(detail, undefined, at(5))).toEqual({ kind: "play" });
  expect(chooseButton(detail, undefined, at(2530))).toEqual({ kind: "resume", at: 2530 });
  expect(chooseButton(detail, undefined, at(2530, true))).toEqual({ kind: "play" });
});

test("a film that nobody asked for can be requested", () => {
  expect(chooseButton(none, undefined, undefined)).toEqual({ kind: "request" });
});

test("a film on its way says so to those who wait for it", () => {
  expect(chooseButton(downloading, request, undefined)).toEqual({ kind: "requested", isFollowing: true });
});

test("a film that somebody else asked for can be followed", () => {
  expect(chooseButton(downloading, undefined, undefined)).toEqual({ kind: "requested", isFollowing: false });
});

test("a film that already plays while it downloads does so", () => {
  const playable = { ...detail, availability: "playable" as const };
  expect(chooseButton(playable, request, undefined)).toEqual({ kind: "play-early", share: 0.41 });
});

test("a failed request leaves the film open for another try", () => {
  expect(chooseButton(none, { ...request, state: "failed" }, undefined)).toEqual({ kind: "request" });
});
