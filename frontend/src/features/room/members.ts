/** Who is in the room. Pure: old list and a presence frame in, new list out. */
import type { Member, Pres, You } from "@/types/frames.gen";
import { rolesToGive } from "./power/ways";

/** `full` replaces everybody; otherwise members are changed in place, added at the end, or removed when they left. */
export function withPresence(members: readonly Member[], { m, full }: Pick<Pres, "m" | "full">): Member[] {
  if (full) return m.filter(({ state }) => state !== "left");
  const changed = new Map(m.map((member) => [member.id, member]));
  const known = members.map((member) => changed.get(member.id) ?? member);
  const fresh = m.filter(({ id }) => !members.some((member) => member.id === id));
  return [...known, ...fresh].filter(({ state }) => state !== "left");
}

/** The server's rule: people below can be removed. A cohost gives no roles, and stands between hosts and the others. */
export function canKick(you: You | null, member: Pick<Member, "id" | "role" | "guest">): boolean {
  if (!you?.can.includes("kick")) return false;
  if (you.role !== "cohost") return rolesToGive(you, member).length > 0;
  return member.role !== "cohost" && rolesToGive({ id: you.id, role: "host" }, member).length > 0;
}
