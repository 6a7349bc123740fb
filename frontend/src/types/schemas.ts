import type { components } from "./api.gen";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Session = Schemas["Session"];
export type TitleCard = Schemas["TitleCard"];
export type TitleDetail = Schemas["TitleDetail"];
export type SearchResponse = Schemas["SearchResponse"];
export type Library = Schemas["Library"];
export type RequestItem = Schemas["RequestItem"];
export type RequestState = RequestItem["state"];
export type Room = Schemas["Room"];
export type Invite = Schemas["Invite"];
export type InviteInfo = Schemas["InviteInfo"];
/** What the streaming engine is about to tell; optional until its schema is there. */
interface PlaybackExtras {
  trickplay?: { url: string } | null;
  chapters?: { start_s: number; end_s: number; title: string }[];
  marks?: { kind: "intro" | "credits"; start_s: number; end_s: number }[];
  leaves_at?: string | null;
}
interface SubtitleExtras {
  id?: string;
  kind?: "text" | "image";
  forced?: boolean;
  default?: boolean;
  uploaded?: boolean;
  offset_ms?: number;
}
export type Playback = Omit<Schemas["Playback"], "subtitles"> &
  PlaybackExtras & { subtitles: (Schemas["Playback"]["subtitles"][number] & SubtitleExtras)[] };
export type Notification = Schemas["Notification"];
export type OutboxMail = Schemas["OutboxMail"];
