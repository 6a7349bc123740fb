import { afterEach, describe, expect, it, vi } from "vitest";
import { electronPlatform } from "./electron";
import type { Platform } from "./platform";
import { webPlatform } from "./web";

class Lock {
  released = false;
  release = vi.fn(async () => {
    this.released = true;
  });
}

function withWakeLock(request: () => Promise<Lock>) {
  vi.stubGlobal("navigator", { wakeLock: { request } });
}

afterEach(() => {
  vi.unstubAllGlobals();
  delete window.matinee;
});

describe("the browser's platform", () => {
  it("takes one lock however often it is asked, and gives it back", async () => {
    const lock = new Lock();
    const request = vi.fn(async () => lock);
    withWakeLock(request);
    const web = webPlatform();
    await Promise.all([web.keepAwake(true), web.keepAwake(true)]);
    expect(request).toHaveBeenCalledTimes(1);
    await web.keepAwake(false);
    expect(lock.released).toBe(true);
  });

  it("takes a new lock after the browser took the old one away", async () => {
    const lock = new Lock();
    const request = vi.fn(async () => lock);
    withWakeLock(request);
    const web = webPlatform();
    await web.keepAwake(true);
    lock.released = true;
    await web.keepAwake(true);
    expect(request).toHaveBeenCalledTimes(2);
  });

  it("lives with a refusal and with browsers that have no lock", async () => {
    withWakeLock(() => Promise.reject(new DOMException("low battery", "NotAllowedError")));
    await expect(webPlatform().keepAwake(true)).resolves.toBeUndefined();
    vi.stubGlobal("navigator", {});
    await expect(webPlatform().keepAwake(true)).resolves.toBeUndefined();
  });
});

describe("the desktop's platform", () => {
  it("is there only when the desktop window put it there", () => {
    expect(electronPlatform()).toBeNull();
    const desktop: Platform = { canCopy: true, copyText: async () => {}, keepAwake: async () => {} };
    window.matinee = desktop;
    expect(electronPlatform()).toBe(desktop);
  });
});
