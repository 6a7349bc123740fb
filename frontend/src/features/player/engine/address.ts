/**
 * Signed media addresses: /media/<signature>,<expiry>/<viewer>/<asset>.<epoch>/<file>.
 * Playlists are loaded once and name their segments under the address of that moment; when the signature is renewed,
 * every later request is moved under the new one instead of reloading the film.
 */

const SIGNED_PREFIX = /\/media\/[^/]+\/[^/]+\//;
const FILM = /\/media\/[^/]+\/[^/]+\/([^/]+)\//;

export function signedPrefix(url: string): string | null {
  return SIGNED_PREFIX.exec(url)?.[0] ?? null;
}

/** `url` under the signature of `current`; unchanged when either is not a signed address. */
export function underSignature(url: string, current: string): string {
  const prefix = signedPrefix(current);
  return prefix === null ? url : url.replace(SIGNED_PREFIX, prefix);
}

/** Whether both addresses lead to the same making of the same film, so that the files of one are those of the other. */
export function isSameFilm(url: string, other: string): boolean {
  return FILM.exec(url)?.[1] === FILM.exec(other)?.[1];
}
