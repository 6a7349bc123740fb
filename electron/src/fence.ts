/** Puts the guards around every page there will ever be, whoever opens it. */
import { app, type Session, shell, type WebContents } from "electron";
import { isPermitted, isUpgrade, wayTo } from "./guards";

type Home = () => string;

export function fenceSession(session: Session, home: Home): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const media = "mediaTypes" in details ? details.mediaTypes : [];
    answer(isPermitted(permission, details.requestingUrl, home(), media));
  });
  session.setPermissionCheckHandler((_contents, permission, origin, { mediaType }) =>
    isPermitted(permission, origin, home(), mediaType === undefined ? [] : [mediaType]),
  );
  session.setDevicePermissionHandler(() => false);
}

/** `onUpgrade` hears that the server moved its own pages from http to https. */
export function fenceEveryPage(home: Home, onUpgrade: (address: string) => void): void {
  app.on("web-contents-created", (_event, contents) => fencePage(contents, home, onUpgrade));
}

interface Step {
  readonly url: string;
  readonly isMainFrame: boolean;
  preventDefault(): void;
}

function fencePage(contents: WebContents, home: Home, onUpgrade: (address: string) => void): void {
  const guard = (step: Step): void => {
    const way = wayTo(step.url, home());
    if (way === "here") return;
    step.preventDefault();
    if (way === "browser" && step.isMainFrame) void shell.openExternal(step.url);
  };
  contents.on("will-frame-navigate", guard);
  contents.on("will-redirect", (step) => {
    if (!step.isMainFrame || !isUpgrade(step.url, home())) guard(step);
    else {
      step.preventDefault();
      setImmediate(onUpgrade, step.url);
    }
  });
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    const way = wayTo(url, home());
    if (way === "here") void contents.loadURL(url);
    if (way === "browser") void shell.openExternal(url);
    return { action: "deny" };
  });
}
