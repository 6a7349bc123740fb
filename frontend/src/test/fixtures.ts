import type { TimelineBody } from "@/types/frames.gen";
import type { Me, RequestItem, Session, TitleCard, TitleDetail } from "@/types/schemas";

/** One cast for all tests: alice asks and hosts. */
export const alice: Me = {
  id: "00000000-0000-4000-8000-00000000a11c",
  name: "Alice",
  email: "alice@example.org",
  is_guest: false,
  is_verified: true,
  is_operator: false,
  plan: "premium",
  room_id: null,
};

export function sessionOf(me: Me, access = "token-1"): Session {
  return { access, expires_in: 600, user: me };
}

export const card: TitleCard = {
  id: "00000000-0000-4000-8000-000000000001",
  name: "Metropolis",
  year: 1927,
  poster_url: null,
  backdrop_url: null,
  color: "#4a3a2a",
  availability: "ready",
  runtime_min: 153,
  tmdb_id: null,
  leaves_at: null,
};

export const detail: TitleDetail = {
  ...card,
  overview: "A city of towers.",
  genres: ["Drama"],
  original_name: "Metropolis",
  provider: "manual",
  created_at: "2026-01-01T00:00:00Z",
};

export const request: RequestItem = {
  id: "00000000-0000-4000-8000-000000000101",
  title: { ...card, availability: "downloading" },
  state: "downloading",
  health: "ok",
  progress: 0.41,
  bps: 3_200_000,
  eta_s: 720,
  playable: false,
  reason: null,
  fix: null,
  followers: 4,
  is_following: true,
  is_requester: true,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  version: 3,
  rungs: {},
};

/** A room that rests a minute into its film. */
export const resting: TimelineBody = {
  rev: 7,
  epoch: 1,
  item: "film",
  position_ms: 60_000,
  rate: 1,
  at_ms: 0,
  playing: false,
  duration_ms: 600_000,
  cause: "pause",
  by: null,
  wait: null,
};

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}
