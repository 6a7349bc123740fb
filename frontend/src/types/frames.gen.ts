// Generated from consumers/protocol by `make schema`. Do not edit.

export const FRAMES_VERSION = 1;

/** What a returning client already has. */
export interface Last {
  epoch: number;
  rev: number;
  seq: number;
}

/** First frame on a room socket; the answer is ``welcome``. */
export interface Hello {
  t: "hello";
  v: 1;
  room: string;
  sid?: string | null;
  last?: Last | null;
  vis?: boolean;
}

/** ``n`` numbers the probe, ``c`` is the client's performance.now() in milliseconds. */
export interface ClockProbe {
  t: "clk";
  n: number;
  c: number;
}

/** A change of the timeline, based on revision ``base``. ``seek`` needs ``position`` (seconds), ``rate`` a rate. */
export interface Cmd {
  t: "cmd";
  cid: string;
  base: number;
  op: "play" | "pause" | "seek" | "rate";
  position?: number | null;
  rate?: number | null;
}

/** Every 5 s and on change: error and buffer in seconds, round trip and jitter in milliseconds. */
export interface Status {
  t: "st";
  rev: number;
  e: number | null;
  buf: number;
  stall: boolean;
  rate: number;
  level: number | null;
  rtt: number;
  vis: boolean;
  jitter?: number;
}

/** Answer to a barrier: ``ok`` says that this client can play on. */
export interface Ready {
  t: "ready";
  bid: string;
  ok: boolean;
}

/** ``mt`` is where the sender's film is, in seconds; ``reply`` is the ``seq`` of an earlier message. */
export interface Chat {
  t: "chat";
  cid: string;
  text: string;
  mt: number;
  reply?: number | null;
}

export interface Typing {
  t: "typing";
}

export interface Kick {
  t: "kick";
  uid: string;
  cid?: string | null;
}

/** New words for one's own message ``seq``, within 15 minutes. */
export interface ChatEdit {
  t: "chat.edit";
  cid: string;
  seq: number;
  text: string;
}

/** Take away message ``seq``: one's own within 15 minutes, or anybody's with the right to ``kick``. */
export interface ChatDelete {
  t: "chat.del";
  cid: string;
  seq: number;
}

/** ``on``: whether ``e`` of this person should stand under message ``seq``. */
export interface ChatReact {
  t: "chat.react";
  cid: string;
  seq: number;
  e: "heart" | "laugh" | "wow" | "sad" | "scared" | "party" | "fire" | "thumbs_up";
  on: boolean;
}

/** A reaction on the film at ``mt`` seconds. No answer; everybody gets it with the room's next ``reacts``. */
export interface React {
  t: "react";
  e: "heart" | "laugh" | "wow" | "sad" | "scared" | "party" | "fire" | "thumbs_up";
  mt: number;
}

export interface You {
  id: string;
  name: string;
  role: "owner" | "host" | "member" | "guest";
  guest: boolean;
  can: ("play_pause" | "seek" | "rate" | "item" | "queue_add" | "queue_edit" | "queue_vote" | "chat" | "react" | "voice" | "invite" | "kick" | "rules" | "skip_wait")[];
}

export interface TitleCard {
  id: string | null;
  name: string;
  year: number | null;
  poster_url: string | null;
  backdrop_url: string | null;
  color: string;
  availability: string;
  runtime_min: number | null;
  tmdb_id: number | null;
  leaves_at: string | null;
}

export interface RoomBody {
  id: string;
  name: string;
  preset: "friends" | "host_drives";
  title: TitleCard;
}

/** A barrier: the room stands still until everybody in ``for`` is ready, or until ``until_ms``. */
export interface Wait {
  bid: string;
  for: string[];
  until_ms: number;
  why: "stall";
}

/** T(now) = position_ms + (playing ? rate * max(0, now - at_ms) : 0), never beyond duration_ms when that is known. ``at_ms`` may lie ahead: a play or seek starts then; a pause plays on until then and rests at ``position_ms``. */
export interface TimelineBody {
  rev: number;
  epoch: number;
  item: string;
  position_ms: number;
  rate: number;
  at_ms: number;
  playing: boolean;
  duration_ms: number;
  cause: "created" | "play" | "pause" | "seek" | "rate" | "wait" | "resume";
  by: string | null;
  wait: Wait | null;
}

export interface Member {
  id: string;
  name: string;
  role: "owner" | "host" | "member" | "guest";
  guest: boolean;
  state: "playing" | "buffering" | "away" | "reconnecting" | "left";
  buf?: number | null;
  error?: number | null;
}

/** One line of the room's history. ``at`` is when it happened, ``position_s`` where the film was. ``data`` holds what only events of this kind have, as texts by name. Of ``chat``: ``edited`` or ``deleted`` (the number of the event that did it), and in a ``welcome`` by emoji the people who reacted, ids with spaces between. Of ``reacted``: ``emoji``, and ``on`` "yes" or "no". ``edited``, ``deleted``, ``reacted``: ``reply`` is the message. */
export interface EventBody {
  seq: number;
  k: "joined" | "chat" | "edited" | "deleted" | "reacted" | "played" | "paused" | "seeked" | "rated" | "waited" | "resumed" | "kicked" | "closed";
  at: string;
  by: string | null;
  name: string | null;
  cid?: string | null;
  text?: string | null;
  reply?: number | null;
  position_s?: number | null;
  uid?: string | null;
  data?: Record<string, string> | null;
}

/** Everything a client needs. ``resumed``: ``events`` continues after ``last.seq``; else it is a tail. */
export interface Welcome {
  t: "welcome";
  v: number;
  sid: string;
  you: You;
  room: RoomBody;
  tl: TimelineBody;
  members: Member[];
  events: EventBody[];
  seq: number;
  now: number;
  resumed: boolean;
}

/** ``r`` and ``x``: room time when the probe came in and when this answer left, in milliseconds. */
export interface ClockAnswer {
  t: "clk";
  n: number;
  c: number;
  r: number;
  x: number;
}

/** The whole timeline; apply it if the epoch is equal and the revision greater. ``ack``: the command's ``cid``. */
export interface Tl {
  t: "tl";
  rev: number;
  epoch: number;
  item: string;
  position_ms: number;
  rate: number;
  at_ms: number;
  playing: boolean;
  duration_ms: number;
  cause: "created" | "play" | "pause" | "seek" | "rate" | "wait" | "resume";
  by: string | null;
  wait: Wait | null;
  ack?: string | null;
}

export interface Problem {
  code: string;
  message: string;
}

/** Answer to one frame of the sender, never sent to anybody else. ``rev`` is the room's revision now. */
export interface Res {
  t: "res";
  cid: string | null;
  ok: boolean;
  rev: number | null;
  err?: Problem | null;
  superseded?: boolean | null;
}

export interface Ev {
  t: "ev";
  seq: number;
  k: "joined" | "chat" | "edited" | "deleted" | "reacted" | "played" | "paused" | "seeked" | "rated" | "waited" | "resumed" | "kicked" | "closed";
  at: string;
  by: string | null;
  name: string | null;
  cid?: string | null;
  text?: string | null;
  reply?: number | null;
  position_s?: number | null;
  uid?: string | null;
  data?: Record<string, string> | null;
}

/** Members that changed (``full``: all of them); at most once a second. State ``left`` removes a member. */
export interface Pres {
  t: "pres";
  m: Member[];
  full: boolean;
}

export interface TypingBy {
  t: "typing";
  id: string;
}

/** The server closes next, with close code ``code``; come back after ``retry_ms``, or never when it is null. */
export interface Bye {
  t: "bye";
  code: number;
  why: string;
  retry_ms: number | null;
}

/** ``n`` times ``e`` in second ``mt`` of the film. */
export interface Burst {
  e: "heart" | "laugh" | "wow" | "sad" | "scared" | "party" | "fire" | "thumbs_up";
  mt: number;
  n: number;
}

/** What people felt about the film since the last of these; at most one a second. */
export interface Reacts {
  t: "reacts";
  m: Burst[];
}

/** A film request, as in the HTTP API's RequestItem. */
export interface RequestBody {
  id: string;
  title: TitleCard;
  state: string;
  health: string;
  progress: number | null;
  bps: number | null;
  eta_s: number | null;
  playable: boolean;
  reason: string | null;
  fix: string | null;
  followers: number;
  is_following: boolean;
  is_requester: boolean;
  created_at: string;
  updated_at: string;
  version: number;
  rungs: Record<string, number>;
}

/** First frame on the updates socket, and again after every reconnect. */
export interface Snap {
  t: "snap";
  requests: RequestBody[];
  unread: number;
}

export interface Req {
  t: "req";
  id: string;
  title: TitleCard;
  state: string;
  health: string;
  progress: number | null;
  bps: number | null;
  eta_s: number | null;
  playable: boolean;
  reason: string | null;
  fix: string | null;
  followers: number;
  is_following: boolean;
  is_requester: boolean;
  created_at: string;
  updated_at: string;
  version: number;
  rungs: Record<string, number>;
}

/** One track that is being made: published share 0..1, seconds of film per second, seconds left. */
export interface RungBody {
  name: string;
  share: number;
  speed: number | null;
  eta_s: number | null;
}

/** Progress of one request: state version ``n``, progress 0..1, bytes per second, seconds left. ``p`` never falls while one file is fetched, and while one plan of it is made. ``rungs`` is empty before that. */
export interface Prog {
  t: "prog";
  id: string;
  n: number;
  p: number | null;
  bps: number | null;
  eta: number | null;
  rungs: RungBody[];
}

export interface Note {
  t: "note";
  id: string;
  kind: string;
  title: string;
  body: string;
  link: string;
  created_at: string;
}

export type RoomClientFrame =
  | Hello
  | ClockProbe
  | Cmd
  | Status
  | Ready
  | Chat
  | Typing
  | Kick
  | ChatEdit
  | ChatDelete
  | ChatReact
  | React;

export type RoomServerFrame =
  | Welcome
  | ClockAnswer
  | Tl
  | Res
  | Ev
  | Pres
  | TypingBy
  | Bye
  | Reacts;

export type UpdatesServerFrame =
  | Snap
  | Req
  | Prog
  | Note
  | Bye;
