import { player } from "./player";
import { power } from "./power";
import { room } from "./room";
import { voice } from "./voice";

/** The words of the film screens; they are loaded together with the player. */
export const film = { player, power, room, voice } as const;
