import { randomId } from "@/lib/random-id";

/**
 * What the player of this tab calls itself: another of the same person looks at another place, and what is made for one
 * is not broken off by the other. A tab plays one film at a time.
 */
export const PLAYER_SESSION = randomId();
