/** The two windows: the server's pages, and the form that asks where the server is. */
import { join } from "node:path";
import { BrowserWindow, type WebPreferences } from "electron";

const GROUND = "#14110f";
/** Chromium's code for a load that another load replaced: no fault. */
const ABORTED = -3;

const CLOSED_IN: WebPreferences = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  webSecurity: true,
  webviewTag: false,
  spellcheck: false,
};

export interface PagesEvents {
  /** The server did not answer; `reason` is Chromium's word for it. */
  onUnreachable(reason: string): void;
  /** The page is gone or another took its place: what it had asked for ends. */
  onPageGone(): void;
}

export function openPages(address: string, { onUnreachable, onPageGone }: PagesEvents): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 360,
    minHeight: 480,
    backgroundColor: GROUND,
    webPreferences: {
      ...CLOSED_IN,
      preload: join(__dirname, "preload.cjs"),
      // A party starts by itself; a browser would wait for a click.
      autoplayPolicy: "no-user-gesture-required",
    },
  });
  window.webContents.on("did-fail-load", (_event, code, reason, _url, isMainFrame) => {
    if (isMainFrame && code !== ABORTED) setImmediate(onUnreachable, reason);
  });
  window.webContents.on("did-navigate", onPageGone);
  window.webContents.on("render-process-gone", onPageGone);
  window.on("closed", onPageGone);
  // A failed load is told by did-fail-load above.
  window.loadURL(address).catch(() => undefined);
  return window;
}

export function openAddressForm(form: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 560,
    height: 420,
    backgroundColor: GROUND,
    fullscreenable: false,
    webPreferences: { ...CLOSED_IN, preload: join(__dirname, "address-preload.cjs") },
  });
  void window.loadURL(form);
  return window;
}
