import { describe, expect, it } from "vitest";
import type { Member, You } from "@/types/frames.gen";
import { canKick, withPresence } from "./members";

const member = (id: string, state: Member["state"] = "playing"): Member => ({
  id,
  name: id,
  role: "member",
  guest: false,
  state,
});
const ids = (members: Member[]): string[] => members.map(({ id }) => id);

describe("members", () => {
  it("change in place, come at the end, and go when they left", () => {
    const before = [member("alice"), member("bob")];
    const after = withPresence(before, { m: [member("bob", "reconnecting"), member("charlie")], full: false });
    expect(ids(after)).toEqual(["alice", "bob", "charlie"]);
    expect(after[1]?.state).toBe("reconnecting");
    expect(ids(withPresence(after, { m: [member("bob", "left")], full: false }))).toEqual(["alice", "charlie"]);
  });

  it("are replaced by a full list", () => {
    const after = withPresence([member("alice")], { m: [member("bob"), member("charlie", "left")], full: true });
    expect(ids(after)).toEqual(["bob"]);
  });
});

describe("removing somebody", () => {
  const you = (role: You["role"], can: You["can"] = ["kick"]): You => ({
    id: "me",
    name: "Me",
    role,
    guest: false,
    can,
  });
  const roles = ["owner", "host", "cohost", "member", "guest", "companion"] as const;
  const below = (by: You) => roles.filter((role) => canKick(by, { ...member("bob"), role }));

  it("is for whoever stands above and has the right", () => {
    expect(below(you("owner"))).toEqual(["host", "cohost", "member", "guest", "companion"]);
    expect(below(you("host"))).toEqual(["cohost", "member", "guest", "companion"]);
    expect(below(you("cohost"))).toEqual(["member", "guest", "companion"]);
    expect(below(you("owner", ["chat"]))).toEqual([]);
    expect(canKick(you("host"), { ...member("me"), role: "host" })).toBe(false);
    expect(canKick(null, member("bob"))).toBe(false);
  });
});
