/**
 * What each frame of the `updates` socket does to cached lists. Pure: old data and a frame in, new data out.
 * Invariant: frames may be lost, doubled or reordered; `version` and `n` decide, never the order of arrival.
 */
import type { InfiniteData } from "@tanstack/react-query";
import type { Prog, RungBody } from "@/types/frames.gen";
import type { Notification, RequestItem } from "@/types/schemas";

export type ProgFrame = Prog;
/** `live` says how fast each rendition is made; it is there once a `prog` frame came. */
export type LiveRequest = RequestItem & { live?: readonly RungBody[] };
export type ReqFrame = RequestItem & { t: "req" };
export type NoteFrame = Omit<Notification, "seen"> & { t: "note" };
export type SnapFrame = { t: "snap"; requests: RequestItem[]; unread: number };
export type ByeFrame = { t: "bye" };
export type UpdateFrame = ProgFrame | ReqFrame | NoteFrame | SnapFrame | ByeFrame;

type Page<T> = { results: T[]; next?: string | null | undefined; previous?: string | null | undefined };
export type Pages<T> = InfiniteData<Page<T>, unknown>;

export function emptyPages<T>(): Pages<T> {
  return { pages: [{ results: [], next: null, previous: null }], pageParams: [undefined] };
}

/** Put a request where it stands, or first when it is new; an older version changes nothing. */
export function withRequest(data: Pages<RequestItem>, item: RequestItem): Pages<RequestItem> {
  const isKnown = data.pages.some((page) => page.results.some((row) => row.id === item.id));
  if (!isKnown) return prepend(data, item);
  return mapRows(data, (row) => (row.id === item.id && item.version >= row.version ? item : row));
}

/** Live numbers of a download; they carry no version because they are never stored. */
export function withProgress(data: Pages<RequestItem>, frame: ProgFrame): Pages<RequestItem> {
  const rungs = Object.fromEntries(frame.rungs.map(({ name, share }) => [name, share]));
  return mapRows(data, (row): LiveRequest => {
    if (row.id !== frame.id) return row;
    return { ...row, progress: frame.p, bps: frame.bps, eta_s: frame.eta, rungs, live: frame.rungs };
  });
}

/** The server's list of what is alive replaces what we believed about those rows. */
export function withSnapshot(data: Pages<RequestItem>, requests: readonly RequestItem[]): Pages<RequestItem> {
  return requests.reduceRight(withRequest, data);
}

export function withNotification(data: Pages<Notification>, note: Notification): Pages<Notification> {
  const isKnown = data.pages.some((page) => page.results.some((row) => row.id === note.id));
  return isKnown ? data : prepend(data, note);
}

function prepend<T>(data: Pages<T>, row: T): Pages<T> {
  const [first, ...others] = data.pages;
  if (!first) return { ...emptyPages<T>(), pages: [{ results: [row], next: null, previous: null }] };
  return { ...data, pages: [{ ...first, results: [row, ...first.results] }, ...others] };
}

function mapRows<T>(data: Pages<T>, change: (row: T) => T): Pages<T> {
  return { ...data, pages: data.pages.map((page) => ({ ...page, results: page.results.map(change) })) };
}

/** Remembers the newest `n` per request so that a late `prog` frame never moves a bar backwards. */
export class ProgressGate {
  private readonly newest = new Map<string, number>();

  isNew(frame: ProgFrame): boolean {
    if (frame.n <= (this.newest.get(frame.id) ?? -1)) return false;
    this.newest.set(frame.id, frame.n);
    return true;
  }

  /** A new connection may reach another process, which counts from its own start. */
  clear(): void {
    this.newest.clear();
  }
}
