// Generated from consumers/protocol by `make schema`. Do not edit.

export const FRAMES_VERSION = 1;

/** What a returning client already has. */
export interface Last {
  epoch: number;
  rev: number;
  seq: number;
}

/** First frame on a room socket; the answer is ``welcome``. ``companion``: this page shows no picture. */
export interface Hello {
  t: "hello";
  v: 1;
  room: string;
  sid?: string | null;
  last?: Last | null;
  vis?: boolean;
  companion?: boolean;
}

/** ``n`` numbers the probe, ``c`` is the client's performance.now() in milliseconds. */
export interface ClockProbe {
  t: "clk";
  n: number;
  c: number;
}

/** A change of the timeline, based on revision ``base``. ``seek`` needs ``position`` (seconds), ``rate`` a rate. ``item`` needs the id of a title, and begins at ``position`` or where the room left that film. ``undo`` takes the last jump back, for ten seconds: a seek, or the step to another film. */
export interface Cmd {
  t: "cmd";
  cid: string;
  base: number;
  op: "play" | "pause" | "seek" | "rate" | "item" | "undo";
  position?: number | null;
  rate?: number | null;
  item?: string | null;
}

/** Every 5 s and on change: error and buffer in seconds, round trip and jitter in milliseconds. ``seeks``: how often this page jumped to correct a drift since it was opened. ``nowait``: the room need not wait for this person. */
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
  seeks?: number;
  nowait?: boolean;
}

/** Answer to a barrier: ``ok`` says that this client can play on. Not ``ok``: it cannot take part in a start that was just scheduled; then ``bid`` is that revision's number. */
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

export interface Typing {
  t: "typing";
}

export interface Kick {
  t: "kick";
  uid: string;
  cid?: string | null;
}

/** Be in the voice chat or not; said again after each welcome. ``talk``: this person's voice is heard right now. */
export interface Voice {
  t: "voice";
  on: boolean;
  talk?: boolean;
  cid?: string | null;
}

/** A session description of WebRTC. Lines end with a line feed alone; the receiver gives browsers their CR LF. */
export interface Sdp {
  type: "offer" | "answer";
  sdp: string;
}

/** One way on which a socket's browser may be reached: an RTCIceCandidate. */
export interface Ice {
  candidate: string;
  mid?: string | null;
  line?: number | null;
  ufrag?: string | null;
}

/** One step of connecting two browsers of the voice chat: ``sdp`` or ``ice``, for ``to`` and nobody else. */
export interface Rtc {
  t: "rtc";
  to: string;
  sdp?: Sdp | null;
  ice?: Ice | null;
}

export interface QueueAdd {
  t: "q.add";
  cid: string;
  title: string;
}

export interface QueueDel {
  t: "q.del";
  cid: string;
  qid: string;
}

/** Put ``qid`` in front of ``before``, or last. */
export interface QueueMove {
  t: "q.move";
  cid: string;
  qid: string;
  before?: string | null;
}

export interface QueueVote {
  t: "q.vote";
  cid: string;
  qid: string;
  on: boolean;
}

/** Go on to the next film; ``base`` as in ``cmd``, so that two people who press it skip one film. */
export interface QueueSkip {
  t: "q.skip";
  cid: string;
  base: number;
}

/** Do not begin the next film at the end of this one. */
export interface QueueStay {
  t: "q.stay";
  cid: string;
}

/** Ask everybody whether they are ready; when all are, the film starts. */
export interface AskReady {
  t: "rdy.ask";
  cid: string;
}

export interface AmReady {
  t: "rdy";
  cid: string;
  on: boolean;
}

/** Start although not everybody is ready. */
export interface GoAnyway {
  t: "rdy.go";
  cid: string;
}

/** Ask which of two to six films it shall be. */
export interface PollOpen {
  t: "poll.open";
  cid: string;
  titles: string[];
}

export interface PollVote {
  t: "poll.vote";
  cid: string;
  poll: string;
  title: string;
}

/** The film with the most votes goes to the front of the queue. */
export interface PollClose {
  t: "poll.close";
  cid: string;
  poll: string;
}

export interface GiveRole {
  t: "role";
  cid: string;
  uid: string;
  role: "host" | "cohost" | "member" | "guest" | "companion";
}

/** Change the rules that are given; ``slow_s`` is the time between two messages of a person, 0 for none. */
export interface Rule {
  t: "rule";
  cid: string;
  preset?: "friends" | "host_drives" | "ask_host" | "democracy" | "cinema" | null;
  locked?: boolean | null;
  slow_s?: number | null;
  wait?: "never" | "smart" | "always" | null;
}

/** Please do this for me: as ``cmd``, for people whose room has hosts who may be asked. */
export interface Ask {
  t: "ask";
  cid: string;
  base: number;
  op: "play" | "pause" | "seek" | "rate" | "item" | "undo";
  position?: number | null;
  rate?: number | null;
}

/** A host's answer to wish ``ask``. */
export interface Grant {
  t: "grant";
  cid: string;
  ask: string;
  ok: boolean;
}

/** Yes or no to wish ``vote``; the last one of a person counts. */
export interface Vote {
  t: "vote";
  cid: string;
  vote: string;
  ok: boolean;
}

export interface You {
  id: string;
  name: string;
  role: "owner" | "host" | "cohost" | "member" | "guest" | "companion";
  guest: boolean;
  can: ("play_pause" | "seek" | "rate" | "item" | "queue_add" | "queue_edit" | "queue_vote" | "chat" | "react" | "voice" | "invite" | "kick" | "rules" | "skip_wait" | "grant")[];
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
  preset: "friends" | "host_drives" | "ask_host" | "democracy" | "cinema";
  title: TitleCard;
  starts_at?: string | null;
}

/** A barrier: the room stands still until everybody in ``for`` is ready, or until ``until_ms``. With ``source`` it waits for the film itself, which should have arrived at ``eta_ms`` when that is known. */
export interface Wait {
  bid: string;
  for: string[];
  until_ms: number;
  why: "stall" | "seek" | "item" | "start" | "source";
  eta_ms?: number | null;
}

/** T(now) = position_ms + (playing ? rate * max(0, now - at_ms) : 0), never beyond duration_ms when that is known. ``at_ms`` may lie ahead: a play or seek starts then; a pause plays on until then and rests at ``position_ms``; a film that goes on takes another speed then. */
export interface TimelineBody {
  rev: number;
  epoch: number;
  item: string;
  position_ms: number;
  rate: number;
  at_ms: number;
  playing: boolean;
  duration_ms: number;
  cause: "created" | "play" | "pause" | "seek" | "rate" | "item" | "undo" | "wait" | "resume" | "together";
  by: string | null;
  wait: Wait | null;
}

/** ``companion``: here without a picture, so nobody waits for them. */
export interface Member {
  id: string;
  name: string;
  role: "owner" | "host" | "cohost" | "member" | "guest" | "companion";
  guest: boolean;
  state: "playing" | "buffering" | "away" | "reconnecting" | "left";
  buf?: number | null;
  error?: number | null;
  companion?: boolean | null;
}

/** One line of the room's history. ``at`` is when it happened, ``position_s`` where the film was. ``data`` holds what only events of this kind have, as texts by name. Of ``chat``: ``edited`` or ``deleted`` (the number of the event that did it), and in a ``welcome`` by emoji the people who reacted, ids with spaces between. Of ``reacted``: ``emoji``, and ``on`` "yes" or "no". ``edited``, ``deleted``, ``reacted``: ``reply`` is the message. */
export interface EventBody {
  seq: number;
  k: "joined" | "chat" | "played" | "paused" | "seeked" | "rated" | "waited" | "resumed" | "kicked" | "closed" | "undone" | "role" | "rules" | "hosting" | "proposed" | "declined" | "switched" | "queued" | "unqueued" | "queue_moved" | "queue_voted" | "next_offered" | "next_declined" | "poll_opened" | "poll_voted" | "poll_closed" | "ready_asked" | "started" | "scheduled" | "edited" | "deleted" | "reacted";
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

/** A film that the room may watch next. ``by``/``name``: who added it; ``mine``: you voted for it. */
export interface QueueItem {
  qid: string;
  title: TitleCard;
  by: string;
  name: string;
  votes: number;
  mine: boolean;
}

/** The first of the queue begins at room time ``at_ms``, as long as the timeline's revision is ``rev``. */
export interface NextUp {
  rev: number;
  at_ms: number;
}

export interface PollChoice {
  title: TitleCard;
  votes: number;
}

/** What shall we watch? ``mine`` is the title that you voted for. */
export interface PollBody {
  poll: string;
  by: string;
  name: string;
  choices: PollChoice[];
  mine: string | null;
}

/** ``on`` is the film of the room; ``items`` come next, in this order. Apply it unless ``rev`` is smaller. */
export interface QueueBody {
  rev: number;
  on: TitleCard;
  items: QueueItem[];
  next: NextUp | null;
  poll: PollBody | null;
}

/** What holds for the whole room. ``host``: who stands in while neither owner nor host is there. */
export interface RulesBody {
  preset: "friends" | "host_drives" | "ask_host" | "democracy" | "cinema";
  locked: boolean;
  slow_s: number;
  wait: "never" | "smart" | "always";
  host: string | null;
}

/** A command that others have to agree to, until ``until_ms``: an ask goes to hosts, a vote to everybody. ``yes`` and ``no`` are who voted so far. ``position`` is in seconds. */
export interface WishBody {
  id: string;
  kind: "ask" | "vote";
  by: string;
  name: string;
  op: "play" | "pause" | "seek" | "rate" | "item" | "undo";
  until_ms: number;
  yes: string[];
  no: string[];
  position?: number | null;
  rate?: number | null;
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
  queue: QueueBody;
  rules: RulesBody;
  wishes: WishBody[];
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
  cause: "created" | "play" | "pause" | "seek" | "rate" | "item" | "undo" | "wait" | "resume" | "together";
  by: string | null;
  wait: Wait | null;
  ack?: string | null;
}

export interface Problem {
  code: string;
  message: string;
}

/** Answer to one frame of the sender, never sent to anybody else. ``rev`` is the room's revision now. ``proposed``: nothing has happened yet, the room votes on it. */
export interface Res {
  t: "res";
  cid: string | null;
  ok: boolean;
  rev: number | null;
  err?: Problem | null;
  superseded?: boolean | null;
  proposed?: boolean | null;
}

export interface Ev {
  t: "ev";
  seq: number;
  k: "joined" | "chat" | "played" | "paused" | "seeked" | "rated" | "waited" | "resumed" | "kicked" | "closed" | "undone" | "role" | "rules" | "hosting" | "proposed" | "declined" | "switched" | "queued" | "unqueued" | "queue_moved" | "queue_voted" | "next_offered" | "next_declined" | "poll_opened" | "poll_voted" | "poll_closed" | "ready_asked" | "started" | "scheduled" | "edited" | "deleted" | "reacted";
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

/** Somebody in the voice chat. ``sid`` is the address for ``rtc``; ``talking`` as their own page says. */
export interface Talker {
  id: string;
  sid: string;
  talking: boolean;
}

/** Everybody in the voice chat, the longest there first; on every change, and to whoever enters the room. */
export interface VoiceNow {
  t: "voice";
  who: Talker[];
}

/** What ``from`` sent to this socket alone. */
export interface RtcFrom {
  t: "rtc";
  from: string;
  sdp?: Sdp | null;
  ice?: Ice | null;
}

/** The whole queue, after each change of it. */
export interface Queue {
  t: "q";
  rev: number;
  on: TitleCard;
  items: QueueItem[];
  next: NextUp | null;
  poll: PollBody | null;
}

/** ``ids`` are ready; ``by`` asked. Sent when it changes, and on entering while it is open. */
export interface ReadyState {
  t: "rdy";
  open: boolean;
  by: string | null;
  ids: string[];
}

/** All rules of the room, after each change. */
export interface Rules {
  t: "rules";
  preset: "friends" | "host_drives" | "ask_host" | "democracy" | "cinema";
  locked: boolean;
  slow_s: number;
  wait: "never" | "smart" | "always";
  host: string | null;
}

/** The receiver's own standing, after each change of it. */
export interface YouNow {
  t: "you";
  id: string;
  name: string;
  role: "owner" | "host" | "cohost" | "member" | "guest" | "companion";
  guest: boolean;
  can: ("play_pause" | "seek" | "rate" | "item" | "queue_add" | "queue_edit" | "queue_vote" | "chat" | "react" | "voice" | "invite" | "kick" | "rules" | "skip_wait" | "grant")[];
}

/** All commands that wait for somebody's consent, after each change. */
export interface Wishes {
  t: "wishes";
  open: WishBody[];
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
  | ChatEdit
  | ChatDelete
  | ChatReact
  | React
  | Typing
  | Kick
  | Voice
  | Rtc
  | QueueAdd
  | QueueDel
  | QueueMove
  | QueueVote
  | QueueSkip
  | QueueStay
  | AskReady
  | AmReady
  | GoAnyway
  | PollOpen
  | PollVote
  | PollClose
  | GiveRole
  | Rule
  | Ask
  | Grant
  | Vote;

export type RoomServerFrame =
  | Welcome
  | ClockAnswer
  | Tl
  | Res
  | Ev
  | Pres
  | TypingBy
  | Bye
  | VoiceNow
  | RtcFrom
  | Queue
  | ReadyState
  | Rules
  | YouNow
  | Wishes
  | Reacts;

export type UpdatesServerFrame =
  | Snap
  | Req
  | Prog
  | Note
  | Bye;
