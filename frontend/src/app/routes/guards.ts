/** Who may open an address, and what its search part may say. Invariant: a guest of a party gets their room and nothing else. */
import { redirect } from "@tanstack/react-router";
import { type SessionState, settledSession } from "@/lib/session";

type Guarded = { location: { href: string; pathname: string } };

function refuseGuest(session: SessionState): void {
  if (session.status !== "signed-in" || !session.me.is_guest) return;
  if (session.me.room_id) throw redirect({ to: "/room/$id", params: { id: session.me.room_id } });
  throw redirect({ to: "/login" });
}

export async function requirePerson({ location }: Guarded): Promise<void> {
  const session = await settledSession();
  if (session.status === "signed-out") {
    throw redirect({ to: "/login", search: location.pathname === "/" ? {} : { next: location.href } });
  }
  if (session.status !== "signed-in" || !session.me.is_guest) return;
  const own = `/room/${session.me.room_id}`;
  if (![own, `${own}/remote`].includes(location.pathname)) refuseGuest(session);
}

export type NextSearch = { next?: string };

/** Only paths of this site: an address of another site in `next` would be an open redirect. */
export function readNext(search: Record<string, unknown>): NextSearch {
  const { next } = search;
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? { next } : {};
}

export async function onlySignedOut({ search }: { search: NextSearch }): Promise<void> {
  const session = await settledSession();
  if (session.status !== "signed-in" || session.me.is_guest) return;
  throw redirect({ href: search.next ?? "/" });
}

export function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const readToken = (search: Record<string, unknown>): { token?: string } => {
  const token = text(search.token);
  return token ? { token } : {};
};
