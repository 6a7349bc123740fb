import { EventEmitter } from "node:events";
import type { Session, WebContents } from "electron";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { fenceEveryPage, fenceSession } from "../src/fence";

const { app, openExternal } = vi.hoisted(() => ({
  app: { made: (_event: unknown, _contents: unknown): void => undefined },
  openExternal: vi.fn(async (_url: string) => undefined),
}));
vi.mock("electron", () => ({
  app: { on: (_name: string, listener: typeof app.made) => Object.assign(app, { made: listener }) },
  shell: { openExternal },
}));

const HOME = "http://films.example.org";
const AWAY = "https://www.themoviedb.org/movie/1";
const onUpgrade = vi.fn();

class Contents extends EventEmitter {
  openWindow = (_details: { url: string }): unknown => undefined;
  loadURL = vi.fn(async (_url: string) => undefined);
  setWindowOpenHandler(handler: (details: { url: string }) => unknown): void {
    this.openWindow = handler;
  }
}

function page(): Contents {
  const contents = new Contents();
  fenceEveryPage(() => HOME, onUpgrade);
  app.made({}, contents as unknown as WebContents);
  return contents;
}

function step(url: string, isMainFrame = true) {
  return { url, isMainFrame, preventDefault: vi.fn() };
}

beforeEach(() => vi.clearAllMocks());

describe("every page", () => {
  it("stays on the server and leaves for the browser", () => {
    const [contents, near, far] = [page(), step(`${HOME}/rooms/1`), step(AWAY)];
    contents.emit("will-frame-navigate", near);
    contents.emit("will-frame-navigate", far);
    expect(near.preventDefault).not.toHaveBeenCalled();
    expect(far.preventDefault).toHaveBeenCalled();
    expect(openExternal.mock.calls).toEqual([[AWAY]]);
  });

  it("opens nothing for an inner frame", () => {
    const [contents, inner] = [page(), step(AWAY, false)];
    contents.emit("will-frame-navigate", inner);
    contents.emit("will-redirect", inner);
    expect(inner.preventDefault).toHaveBeenCalledTimes(2);
    expect(openExternal).not.toHaveBeenCalled();
  });

  it("moves with the server from http to https", async () => {
    const [contents, up] = [page(), step("https://films.example.org/")];
    contents.emit("will-redirect", up);
    expect(up.preventDefault).toHaveBeenCalled();
    await vi.waitFor(() => expect(onUpgrade).toHaveBeenCalledWith("https://films.example.org/"));
    expect(openExternal).not.toHaveBeenCalled();
  });

  it("never gets a second window or a webview", () => {
    const contents = page();
    const answers = [`${HOME}/rooms/1`, AWAY, "file:///etc/passwd"].map((url) => contents.openWindow({ url }));
    expect(answers).toEqual([{ action: "deny" }, { action: "deny" }, { action: "deny" }]);
    expect(contents.loadURL.mock.calls).toEqual([[`${HOME}/rooms/1`]]);
    expect(openExternal.mock.calls).toEqual([[AWAY]]);
    const view = { preventDefault: vi.fn() };
    contents.emit("will-attach-webview", view);
    expect(view.preventDefault).toHaveBeenCalled();
  });
});

it("asks the same question for requests, checks and devices", () => {
  const handlers: Record<string, (...args: unknown[]) => unknown> = {};
  const keep = (name: string) => (handler: (...args: unknown[]) => unknown) =>
    Object.assign(handlers, { [name]: handler });
  const session = {
    setPermissionRequestHandler: keep("request"),
    setPermissionCheckHandler: keep("check"),
    setDevicePermissionHandler: keep("device"),
  };
  fenceSession(session as unknown as Session, () => HOME);
  const answer = vi.fn();
  handlers.request?.(null, "fullscreen", answer, { requestingUrl: `${HOME}/` });
  handlers.request?.(null, "media", answer, { requestingUrl: `${HOME}/` });
  handlers.request?.(null, "media", answer, { requestingUrl: `${HOME}/`, mediaTypes: ["audio"] });
  expect(answer.mock.calls).toEqual([[true], [false], [true]]);
  expect(handlers.check?.(null, "fullscreen", `${HOME}/`, {})).toBe(true);
  expect(handlers.check?.(null, "media", `${HOME}/`, { mediaType: "audio" })).toBe(true);
  expect(handlers.check?.(null, "media", `${HOME}/`, { mediaType: "video" })).toBe(false);
  expect(handlers.check?.(null, "geolocation", `${HOME}/`, {})).toBe(false);
  expect(handlers.device?.({})).toBe(false);
});
