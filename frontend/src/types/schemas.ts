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
export type PastRoom = Schemas["PastRoom"];
export type Invite = Schemas["Invite"];
export type InviteInfo = Schemas["InviteInfo"];
export type Playback = Schemas["Playback"];
export type Storage = Schemas["Storage"];
export type StoredTitle = Schemas["StoredTitle"];
export type Job = Schemas["Job"];
export type JobRung = Schemas["JobRung"];
export type LiveRoom = Schemas["LiveRoom"];
export type LiveRooms = Schemas["LiveRooms"];
export type StorageEvent = Schemas["StorageEvent"];
export type Notification = Schemas["Notification"];
export type OutboxMail = Schemas["OutboxMail"];
