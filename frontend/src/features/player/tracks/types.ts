/** What a film brings along besides picture and sound, in the player's own units: seconds, and ids as the server gave them. */

export interface SubtitleTrack {
  id: string;
  lang: string;
  name: string;
  kind: "text" | "image";
  url: string;
  isForced: boolean;
  isUploaded: boolean;
  /** This person brought it, and may change it. */
  isMine: boolean;
  /** Milliseconds by which the file at `url` is moved already; later is positive. */
  offsetMs: number;
}

export interface Chapter {
  /** Seconds. */
  start: number;
  end: number;
  title: string;
}

/** A part that people like to skip. */
export interface Mark {
  kind: "intro" | "credits";
  start: number;
  end: number;
}

/** Where people reacted to the film: `weight` is 1 where they did most. */
export interface Mood {
  at: number;
  weight: number;
}

/** Where one small picture lies in a sheet of many. */
export interface Sprite {
  start: number;
  end: number;
  url: string;
  x: number;
  y: number;
  width: number;
  height: number;
}
