import { describe, expect, it } from "vitest";
import { isAddressForm, isPermitted, isTrustedSender, isUpgrade, wayTo } from "../src/guards";

const HOME = "https://films.example.org";

describe("where a link leads", () => {
  it.each([
    [`${HOME}/rooms/1`, "here"],
    ["https://www.themoviedb.org/movie/1", "browser"],
    ["http://films.example.org/", "nowhere"],
    ["https://films.example.org.evil.example/", "browser"],
    ["https://films.example.org:8443/", "browser"],
    ["https://alice@pay.example/", "nowhere"],
    ["http://plain.example/", "nowhere"],
    ["file:///etc/passwd", "nowhere"],
    ["javascript:alert(1)", "nowhere"],
    ["data:text/html,hi", "nowhere"],
    [`blob:${HOME}/1`, "nowhere"],
    ["smb://nas/films", "nowhere"],
    ["not an address", "nowhere"],
  ])("%s goes %s", (target, way) => {
    expect(wayTo(target, HOME)).toBe(way);
  });

  it("takes no page for home while no server is chosen", () => {
    for (const target of ["data:text/html,hi", "about:blank", "file:///x.html"]) {
      expect(wayTo(target, "")).toBe("nowhere");
      expect(wayTo(target, "null")).toBe("nowhere");
    }
  });

  it("follows its own server from http to https and nobody else", () => {
    expect(isUpgrade("https://films.example.org/", "http://films.example.org")).toBe(true);
    expect(isUpgrade("https://evil.example/", "http://films.example.org")).toBe(false);
    expect(isUpgrade("http://films.example.org/", HOME)).toBe(false);
    expect(isUpgrade("https://films.example.org/", "")).toBe(false);
  });
});

describe("what a page may ask the system for", () => {
  it("lets the server's pages fill the screen", () => {
    expect(isPermitted("fullscreen", `${HOME}/`, HOME)).toBe(true);
    expect(isPermitted("fullscreen", "https://evil.example/", HOME)).toBe(false);
  });

  it("lets the server's pages hear the microphone and see nothing", () => {
    expect(isPermitted("media", `${HOME}/`, HOME, ["audio"])).toBe(true);
    expect(isPermitted("media", "https://evil.example/", HOME, ["audio"])).toBe(false);
    expect(isPermitted("media", `${HOME}/`, HOME, ["audio", "video"])).toBe(false);
    expect(isPermitted("media", `${HOME}/`, HOME, ["unknown"])).toBe(false);
  });

  it.each(["media", "geolocation", "notifications", "clipboard-read", "openExternal", "hid", "unknown"])(
    "refuses %s even to the server",
    (permission) => {
      expect(isPermitted(permission, `${HOME}/`, HOME)).toBe(false);
    },
  );
});

describe("who may call the main process", () => {
  const top = { url: `${HOME}/rooms/1`, parent: null };

  it("hears the top frame of the server's page", () => {
    expect(isTrustedSender(top, HOME)).toBe(true);
  });

  it("hears no inner frame, no stranger, no frame that is gone", () => {
    expect(isTrustedSender({ ...top, parent: top }, HOME)).toBe(false);
    expect(isTrustedSender({ url: "https://evil.example/", parent: null }, HOME)).toBe(false);
    expect(isTrustedSender({ url: "about:blank", parent: null }, "")).toBe(false);
    expect(isTrustedSender(null, HOME)).toBe(false);
  });

  it("takes only the form's own file for the form", () => {
    const form = "file:///app/pages/address.html";
    expect(isAddressForm({ url: form, parent: null }, form)).toBe(true);
    expect(isAddressForm({ url: "file:///tmp/address.html", parent: null }, form)).toBe(false);
    expect(isAddressForm(top, form)).toBe(false);
    expect(isAddressForm(null, form)).toBe(false);
  });
});
