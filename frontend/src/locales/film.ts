import { player } from "./player";
import { power } from "./power";
import { room } from "./room";

/** The words of the film screens; they are loaded together with the player. */
export const film = { player, power, room } as const;
