import { describe, expect, it } from "vitest";
import type { EventBody, Member, WishBody, You } from "@/types/frames.gen";
import { addEvents } from "../feed";
import { jumpToUndo, rolesToGive, votesNeeded, wayOf, wishesFor } from "./ways";

const you = (over: Partial<You> = {}): You => ({ id: "me", name: "Me", role: "owner", guest: false, can: [], ...over });
const member = (over: Partial<Member> = {}): Member => ({
  id: "bob",
  name: "Bob",
  role: "member",
  guest: false,
  state: "playing",
  ...over,
});
const event = (seq: number, k: EventBody["k"], data?: Record<string, string>): EventBody => ({
  seq,
  k,
  at: "2026-11-22T20:00:00.000Z",
  by: "bob",
  name: "Bob",
  ...(data ? { data } : {}),
});
const wish = (over: Partial<WishBody> = {}): WishBody => ({
  id: "w",
  kind: "ask",
  by: "bob",
  name: "Bob",
  op: "play",
  until_ms: 1_000,
  yes: [],
  no: [],
  ...over,
});

describe("the way to a command", () => {
  it("is direct with the right, a question where hosts may be asked, and closed elsewhere", () => {
    expect(wayOf("pause", ["play_pause"], "host_drives")).toBe("command");
    expect(wayOf("undo", ["seek"], "friends")).toBe("command");
    expect(wayOf("seek", ["play_pause"], "ask_host")).toBe("ask");
    expect(wayOf("seek", ["play_pause"], "cinema")).toBeNull();
  });
});

describe("roles to give", () => {
  it("reach up to the giver and never to the owner", () => {
    expect(rolesToGive(you(), member())).toEqual(["host", "cohost", "member", "companion"]);
    expect(rolesToGive(you({ role: "host" }), member({ role: "guest", guest: true }))).toEqual([
      "host",
      "cohost",
      "guest",
      "companion",
    ]);
  });

  it("are none for equals, for oneself and for people who stand lower", () => {
    expect(rolesToGive(you({ role: "host" }), member({ role: "host" }))).toEqual([]);
    expect(rolesToGive(you({ id: "bob" }), member())).toEqual([]);
    expect(rolesToGive(you({ role: "cohost" }), member())).toEqual([]);
  });

  it("keep the role that somebody has in the list", () => {
    expect(rolesToGive(you(), member({ role: "guest" }))).toContain("guest");
  });
});

describe("a jump to undo", () => {
  const jump = event(1, "seeked", { from_ms: "5000", at_ms: "100000" });
  it("is the last one, for ten seconds", () => {
    expect(jumpToUndo(addEvents([], [jump, event(2, "chat")]), 110_000)).toEqual(jump);
    expect(jumpToUndo(addEvents([], [jump]), 110_001)).toBeNull();
  });

  it("is a step to another film too, unless it came by itself", () => {
    const step = event(2, "switched", { from_ms: "5000", at_ms: "100000", from: "f", from_title: "Low Tide" });
    expect(jumpToUndo(addEvents([], [jump, step]), 110_000)).toEqual(step);
    expect(jumpToUndo(addEvents([], [jump, step]), 110_001)).toBeNull();
  });

  it("is none when it was taken back, in a film that came by itself, or when there was none", () => {
    expect(jumpToUndo(addEvents([], [jump, event(2, "undone")]), 100_000)).toBeNull();
    expect(jumpToUndo(addEvents([], [jump, event(2, "switched")]), 100_000)).toBeNull();
    expect(jumpToUndo([], 0)).toBeNull();
    expect(jumpToUndo(addEvents([], [event(1, "seeked")]), 0)).toBeNull();
  });
});

describe("votes and asks", () => {
  it("need more than half of those who watch", () => {
    const people = [member(), member({ id: "c", state: "buffering" }), member({ id: "d", state: "away" })];
    expect(votesNeeded(people)).toBe(2);
  });

  it("concern everybody, the hosts, or whoever asked, until they are over", () => {
    const all = [wish({ id: "vote", kind: "vote" }), wish({ id: "other" }), wish({ id: "mine", by: "me" })];
    const ids = (who: You | null, now = 0): string[] => wishesFor(all, who, now).map(({ id }) => id);
    expect(ids(you())).toEqual(["vote", "mine"]);
    expect(ids(you({ can: ["grant"] }))).toEqual(["vote", "other", "mine"]);
    expect(ids(you(), 1_000)).toEqual([]);
    expect(ids(null)).toEqual([]);
  });
});
