/** How the updates socket is doing, for the banner; written by lib/updates, which is loaded after the first paint. */
import { useSyncExternalStore } from "react";
import type { SocketState } from "@/lib/socket";

let state: SocketState = { status: "connecting" };
const listeners = new Set<() => void>();

export function setUpdatesConnection(next: SocketState): void {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useUpdatesConnection(): SocketState {
  return useSyncExternalStore(subscribe, () => state);
}
