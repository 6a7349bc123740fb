import { player } from "./player";
import { room } from "./room";
import { voice } from "./voice";

/** The words of the film screens; they are loaded together with the player. */
export const film = { player, room, voice } as const;
