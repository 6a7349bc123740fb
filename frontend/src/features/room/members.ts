/** Who is in the room. Pure: old list and a presence frame in, new list out. */
import type { Member, Pres } from "@/types/frames.gen";

/** `full` replaces everybody; otherwise members are changed in place, added at the end, or removed when they left. */
export function withPresence(members: readonly Member[], { m, full }: Pick<Pres, "m" | "full">): Member[] {
  if (full) return m.filter(({ state }) => state !== "left");
  const changed = new Map(m.map((member) => [member.id, member]));
  const known = members.map((member) => changed.get(member.id) ?? member);
  const fresh = m.filter(({ id }) => !members.some((member) => member.id === id));
  return [...known, ...fresh].filter(({ state }) => state !== "left");
}
