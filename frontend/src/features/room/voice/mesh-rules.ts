/** Who connects to whom. Pure; both ends come to the same answer, so no two offers ever cross. */
import type { Talker } from "@/types/frames.gen";

/** The end with the smaller address offers, the other one answers. */
export function doesOffer(own: string, other: string): boolean {
  return own < other;
}

/** What to change so that everybody in `who` is connected to us, when we are among them, and nobody else is. */
export function planMesh(
  own: string,
  who: readonly Talker[],
  connected: Iterable<string>,
): { open: string[]; close: string[] } {
  const sids = who.map(({ sid }) => sid);
  const wanted = sids.includes(own) ? sids.filter((sid) => sid !== own) : [];
  const known = [...connected];
  return {
    open: wanted.filter((sid) => !known.includes(sid)),
    close: known.filter((sid) => !wanted.includes(sid)),
  };
}
