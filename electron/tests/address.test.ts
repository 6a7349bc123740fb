import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAddress } from "../src/address";
import { readAddress, writeAddress } from "../src/store";

describe("an address as people type it", () => {
  it.each([
    ["films.example.org", "https://films.example.org"],
    ["  https://films.example.org/rooms/1?x=2#y ", "https://films.example.org"],
    ["http://films.example.org", "http://films.example.org"],
    ["nas:8000", "http://nas:8000"],
    ["nas.local", "http://nas.local"],
    ["localhost:8000", "http://localhost:8000"],
    ["192.168.1.5:8000", "http://192.168.1.5:8000"],
    ["[::1]:8000", "http://[::1]:8000"],
    ["films.example.org:8443", "https://films.example.org:8443"],
  ])("%s means %s", (typed, address) => {
    expect(parseAddress(typed)).toBe(address);
  });

  it.each(["", "   ", "file:///etc/passwd", "ftp://nas/", "https://alice:secret@nas/", "two words", "http://"])(
    "%j is no address",
    (typed) => {
      expect(parseAddress(typed)).toBeNull();
    },
  );
});

describe("the saved address", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "matinee-desktop-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("comes back as it was written, in a folder made for it", () => {
    const profile = join(folder, "new");
    writeAddress(profile, "http://nas:8000");
    expect(readAddress(profile)).toBe("http://nas:8000");
    expect(readdirSync(profile)).toEqual(["server.json"]);
  });

  it.each(["", "{", "null", "[]", '{"address":7}', '{"address":"file:///x"}'])("%j is as good as none", (json) => {
    writeFileSync(join(folder, "server.json"), json);
    expect(readAddress(folder)).toBeNull();
  });

  it("is none on the first start", () => {
    expect(readAddress(folder)).toBeNull();
  });
});
