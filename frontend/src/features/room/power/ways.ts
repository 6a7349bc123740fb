/**
 * What a person may do in a room, and how. Pure.
 * Invariant: the server decides; here it is only foreseen, so that nobody is offered what would be refused.
 */
import type { Cmd, EventBody, Member, RulesBody, WishBody, You } from "@/types/frames.gen";
import type { Line } from "../feed";

export type Op = Cmd["op"];
export type Role = Member["role"];
export type GivenRole = Exclude<Role, "owner">;
/** At once, or by asking a host. */
export type Way = "command" | "ask";

const RIGHT: Readonly<Record<Op, You["can"][number]>> = {
  play: "play_pause",
  pause: "play_pause",
  seek: "seek",
  rate: "rate",
  undo: "seek",
  item: "item",
};

const RANK: Readonly<Record<Role, number>> = { owner: 5, host: 4, cohost: 3, member: 2, guest: 1, companion: 0 };
const GIVEN: readonly GivenRole[] = ["host", "cohost", "member", "guest", "companion"];
const UNDO_MS = 10_000;
const JUMPS: readonly EventBody["k"][] = ["seeked", "undone", "switched"];

export function wayOf(op: Op, can: You["can"], preset: RulesBody["preset"]): Way | null {
  if (can.includes(RIGHT[op])) return "command";
  return preset === "ask_host" ? "ask" : null;
}

/** The roles that `you` may give to `member`; none when that person does not stand below. */
export function rolesToGive(you: Pick<You, "id" | "role">, member: Pick<Member, "id" | "role" | "guest">): GivenRole[] {
  const isAbove = (you.role === "owner" || you.role === "host") && RANK[you.role] > RANK[member.role];
  if (!isAbove || you.id === member.id) return [];
  const plain: GivenRole = member.guest ? "member" : "guest";
  return GIVEN.filter((role) => RANK[role] <= RANK[you.role] && (role !== plain || role === member.role));
}

/** The jump that can still be taken back at room time `nowMs`: a seek, or somebody's step to another film. */
export function jumpToUndo(lines: readonly Line[], nowMs: number): EventBody | null {
  const last = lines.findLast((line) => line.kind === "event" && JUMPS.includes(line.event.k));
  if (last?.kind !== "event" || last.event.k === "undone") return null;
  const { from_ms: from, at_ms: at } = last.event.data ?? {};
  if (from === undefined || at === undefined || nowMs > undoUntilMs(last.event)) return null;
  return last.event;
}

/** Room time, ms. */
export function undoUntilMs(jump: EventBody): number {
  return Number(jump.data?.at_ms ?? 0) + UNDO_MS;
}

/** Votes that are more than half of the people who watch. */
export function votesNeeded(members: readonly Member[]): number {
  const watching = members.filter(({ state }) => state === "playing" || state === "buffering").length;
  return Math.floor(watching / 2) + 1;
}

/** What concerns this person: votes, asks that they can answer, and what they asked for. */
export function wishesFor(wishes: readonly WishBody[], you: You | null, nowMs: number): WishBody[] {
  if (you === null) return [];
  const isForMe = (wish: WishBody): boolean => wish.kind === "vote" || wish.by === you.id || you.can.includes("grant");
  return wishes.filter((wish) => wish.until_ms > nowMs && isForMe(wish));
}
