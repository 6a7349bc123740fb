import { player } from "./player";
import { room } from "./room";

/** The words of the film screens; they are loaded together with the player. */
export const film = { player, room } as const;
