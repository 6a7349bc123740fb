/** What a page may do, as pure questions. The server's own pages are trusted with little, all others with nothing. */

export type Way = "here" | "browser" | "nowhere";

/** The server's pages open in the window, https elsewhere opens in the person's browser, the rest goes nowhere. */
export function wayTo(target: string, home: string): Way {
  const url = URL.parse(target);
  if (url === null) return "nowhere";
  if (isFromHome(target, home)) return "here";
  return url.protocol === "https:" && url.username === "" && url.password === "" ? "browser" : "nowhere";
}

/** The same host, now over https. */
export function isUpgrade(target: string, home: string): boolean {
  const [next, old] = [URL.parse(target), URL.parse(home)];
  if (next === null || old === null || next.hostname !== old.hostname) return false;
  return old.protocol === "http:" && next.protocol === "https:";
}

/**
 * Films fill the screen, and people talk while they watch. Everything else a page can ask the system for is refused.
 * `media`: which of camera and microphone it wants.
 */
export function isPermitted(permission: string, asking: string, home: string, media: readonly string[] = []): boolean {
  const isMicrophone = permission === "media" && media.length > 0 && media.every((kind) => kind === "audio");
  return (permission === "fullscreen" || isMicrophone) && isFromHome(asking, home);
}

interface Frame {
  readonly url: string;
  readonly parent: unknown;
}

/** Only the top frame of the server's own page may call into the main process; a frame that is gone may not. */
export function isTrustedSender(frame: Frame | null, home: string): boolean {
  return frame !== null && frame.parent === null && isFromHome(frame.url, home);
}

/** The address form: exactly this file, in the top frame. */
export function isAddressForm(frame: Frame | null, form: string): boolean {
  return frame !== null && frame.parent === null && frame.url === form;
}

/** "null" is the origin of data:, file: and sandboxed pages, and equals itself: it is nobody's home. */
function isFromHome(target: string, home: string): boolean {
  const origin = URL.parse(target)?.origin ?? "null";
  return origin !== "null" && origin === home && !target.startsWith("blob:");
}
