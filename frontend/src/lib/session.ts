/**
 * Who is signed in. The access token lives in memory only; the refresh token is an HttpOnly cookie that scripts
 * cannot read. Invariant: there is at most one refresh request under way, whoever asks.
 */
import { useSyncExternalStore } from "react";
import type { Me, Session } from "@/types/schemas";

export type SessionState =
  | { status: "loading" }
  /** The first refresh got no answer, so nobody knows yet who sits here. */
  | { status: "unreachable" }
  | { status: "signed-out" }
  | { status: "signed-in"; me: Me; access: string };

const REFRESH_PATH = "/api/v1/auth/refresh";

let state: SessionState = { status: "loading" };
let refreshing: Promise<boolean> | null = null;
const listeners = new Set<() => void>();

function set(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function getSession(): SessionState {
  return state;
}

export function getAccessToken(): string | null {
  return state.status === "signed-in" ? state.access : null;
}

export function useSession(): SessionState {
  return useSyncExternalStore(subscribe, getSession);
}

/** The signed-in person; only for screens that the router shows to signed-in people. */
export function useMe(): Me | null {
  const session = useSession();
  return session.status === "signed-in" ? session.me : null;
}

export function openSession(session: Session): void {
  set({ status: "signed-in", me: session.user, access: session.access });
}

export function updateMe(me: Me): void {
  if (state.status === "signed-in") set({ ...state, me });
}

export function closeSession(): void {
  set({ status: "signed-out" });
}

/**
 * Turn the refresh cookie into a new access token; true when somebody is signed in afterwards.
 * A server that cannot be reached is not a sign-out: whoever was signed in stays so.
 */
export function refreshSession(): Promise<boolean> {
  refreshing ??= refreshOnce().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function refreshOnce(): Promise<boolean> {
  const response = await fetch(REFRESH_PATH, { method: "POST", headers: { Accept: "application/json" } }).catch(
    () => null,
  );
  if (response?.ok) {
    openSession((await response.json()) as Session);
    return true;
  }
  const isRefused = response !== null && response.status < 500;
  if (isRefused) closeSession();
  else if (state.status === "loading") set({ status: "unreachable" });
  return false;
}

/** The session once the first refresh has ended; asks again when the last try got no answer. */
export async function settledSession(): Promise<SessionState> {
  if (state.status === "loading" || state.status === "unreachable") await refreshSession();
  return state;
}
