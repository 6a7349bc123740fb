/** Where the server is: what a person types, made into an origin. Pure. */

const WITH_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const AT_HOME = /^(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]|[a-z0-9-]+(\.(local|lan|home|internal))?)$/i;

/** "films.example.org" is https, "nas:8000" and "192.168.1.5" are http; null when it is no web address. */
export function parseAddress(typed: string): string | null {
  const text = typed.trim();
  const url = URL.parse(WITH_SCHEME.test(text) ? text : `http://${text}`);
  if (url === null || url.hostname === "" || url.username !== "" || url.password !== "") return null;
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (WITH_SCHEME.test(text) || AT_HOME.test(url.hostname)) return url.origin;
  return `https://${url.host}`;
}

/** What the saved file says, if it still says something useful. */
export function savedAddress(json: string): string | null {
  try {
    const saved: unknown = JSON.parse(json);
    if (typeof saved !== "object" || saved === null || !("address" in saved)) return null;
    return typeof saved.address === "string" ? parseAddress(saved.address) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
