import { describe, expect, it } from "vitest";
import { isSameFilm, signedPrefix, underSignature } from "./address";

describe("signed addresses", () => {
  it("move under the newest signature", () => {
    const old = "http://host/media/aaa,100/alice/film.1/v720/seg-9.m4s";
    expect(underSignature(old, "/media/bbb,200/alice/film.1/master.m3u8")).toBe(
      "http://host/media/bbb,200/alice/film.1/v720/seg-9.m4s",
    );
  });

  it("leave other addresses alone", () => {
    expect(underSignature("http://host/artwork/1", "/media/bbb,200/alice/f.1/m")).toBe("http://host/artwork/1");
    expect(underSignature("/media/aaa,1/alice/f.1/m", "/elsewhere")).toBe("/media/aaa,1/alice/f.1/m");
    expect(signedPrefix("/media/short")).toBeNull();
  });

  it("lead to the same film under another signature, and to another one when it was made anew", () => {
    const now = "/media/aaa,100/alice/film.1/master.m3u8";
    expect(isSameFilm(now, "http://host/media/bbb,200/alice/film.1/master.m3u8")).toBe(true);
    expect(isSameFilm(now, "/media/bbb,200/alice/film.2/master.m3u8")).toBe(false);
    expect(isSameFilm(now, "/media/bbb,200/alice/other.1/master.m3u8")).toBe(false);
  });
});
