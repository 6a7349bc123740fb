import { describe, expect, it } from "vitest";
import type { Member } from "@/types/frames.gen";
import { withPresence } from "./members";

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
