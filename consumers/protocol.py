"""Every frame of the two sockets, typed. Declarations only: ``strict`` reads and writes them, ``schema`` publishes.

Rules that all frames follow: ``t`` is the type; unknown fields are ignored; a field whose default is ``None`` is left
out when it has no value; a trailing underscore is not part of the name. Room times are database-clock milliseconds
since 1970, other bare times are seconds, except ``rtt``, ``jitter`` and the clock probe (milliseconds).
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Length:
    """Characters of a text; control characters (except line breaks) and lone surrogates are refused everywhere."""

    most: int
    least: int = 1


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    high: float


VERSION = 1
MAX_FRAME_BYTES = 8 * 1024  # of a client's frame, in UTF-8
DAY_S = 86_400

Id = Annotated[str, Length(36, 36)]
ClientId = Annotated[str, Length(40)]
ChatText = Annotated[str, Length(500)]
Seconds = Annotated[float, Range(0, DAY_S)]
Signed = Annotated[float, Range(-DAY_S, DAY_S)]
Count = Annotated[int, Range(0, 2**53 - 1)]
Millis = Annotated[float, Range(0, 60_000)]
ClientClock = Annotated[float, Range(0, 2**53 - 1)]
PlaybackRate = Annotated[float, Range(0.25, 4)]

Op = Literal["play", "pause", "seek", "rate"]
MemberState = Literal["playing", "buffering", "away", "reconnecting", "left"]
Role = Literal["owner", "host", "member", "guest"]
Permission = Literal["play_pause", "seek", "rate", "chat", "invite", "kick", "skip_wait"]
EventKind = Literal["joined", "chat", "played", "paused", "seeked", "rated", "waited", "resumed", "kicked", "closed"]


# --- parts -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Last:
    """What a returning client already has."""

    epoch: Count
    rev: Count
    seq: Count


@dataclass(frozen=True, slots=True)
class Wait:
    """A barrier: the room stands still until everybody in ``for`` is ready, or until ``until_ms``."""

    bid: str
    for_: list[str]
    until_ms: int
    why: Literal["stall"]


@dataclass(frozen=True, slots=True)
class TimelineBody:
    """T(now) = position_ms + (playing ? rate * max(0, now - at_ms) : 0), never beyond duration_ms when that is known.

    ``at_ms`` may lie ahead: a play or seek starts then; a pause plays on until then and rests at ``position_ms``.
    """

    rev: int
    epoch: int
    item: str
    position_ms: int
    rate: float
    at_ms: int
    playing: bool
    duration_ms: int
    cause: Literal["created", "play", "pause", "seek", "rate", "wait", "resume"]
    by: str | None
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class Member:
    id: str
    name: str
    role: Role
    guest: bool
    state: MemberState
    buf: float | None = None
    error: float | None = None


@dataclass(frozen=True, slots=True)
class You:
    id: str
    name: str
    role: Role
    guest: bool
    can: list[Permission]


@dataclass(frozen=True, slots=True)
class TitleCard:
    id: str | None
    name: str
    year: int | None
    poster_url: str | None
    backdrop_url: str | None
    color: str
    availability: str
    runtime_min: int | None
    tmdb_id: int | None
    leaves_at: str | None


@dataclass(frozen=True, slots=True)
class RoomBody:
    id: str
    name: str
    preset: Literal["friends", "host_drives"]
    title: TitleCard


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class EventBody:
    """One line of the room's history. ``at`` is when it happened, ``position_s`` where the film was."""

    seq: int
    k: EventKind
    at: str
    by: str | None
    name: str | None
    cid: str | None = None
    text: str | None = None
    reply: int | None = None
    position_s: float | None = None
    uid: str | None = None


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A film request, as in the HTTP API's RequestItem."""

    id: str
    title: TitleCard
    state: str
    health: str
    progress: float | None
    bps: int | None
    eta_s: float | None
    playable: bool
    reason: str | None
    fix: str | None
    followers: int
    is_following: bool
    is_requester: bool
    created_at: str
    updated_at: str
    version: int
    rungs: dict[str, float]


@dataclass(frozen=True, slots=True)
class RungBody:
    """One track that is being made: published share 0..1, seconds of film per second, seconds left."""

    name: str
    share: float
    speed: float | None
    eta_s: float | None


# --- room, client -> server ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Hello:
    """First frame on a room socket; the answer is ``welcome``."""

    t: ClassVar[str] = "hello"
    v: Literal[1]
    room: Id
    sid: ClientId | None = None
    last: Last | None = None
    vis: bool = True


@dataclass(frozen=True, slots=True)
class ClockProbe:
    """``n`` numbers the probe, ``c`` is the client's performance.now() in milliseconds."""

    t: ClassVar[str] = "clk"
    n: Count
    c: ClientClock


@dataclass(frozen=True, slots=True)
class Cmd:
    """A change of the timeline, based on revision ``base``. ``seek`` needs ``position`` (seconds), ``rate`` a rate."""

    t: ClassVar[str] = "cmd"
    cid: ClientId
    base: Count
    op: Op
    position: Seconds | None = None
    rate: PlaybackRate | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Every 5 s and on change: error and buffer in seconds, round trip and jitter in milliseconds."""

    t: ClassVar[str] = "st"
    rev: Count
    e: Signed | None
    buf: Seconds
    stall: bool
    rate: PlaybackRate
    level: Count | None
    rtt: Millis
    vis: bool
    jitter: Millis = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """Answer to a barrier: ``ok`` says that this client can play on."""

    t: ClassVar[str] = "ready"
    bid: ClientId
    ok: bool


@dataclass(frozen=True, slots=True)
class Chat:
    """``mt`` is where the sender's film is, in seconds; ``reply`` is the ``seq`` of an earlier message."""

    t: ClassVar[str] = "chat"
    cid: ClientId
    text: ChatText
    mt: Seconds
    reply: Count | None = None


@dataclass(frozen=True, slots=True)
class Typing:
    t: ClassVar[str] = "typing"


@dataclass(frozen=True, slots=True)
class Kick:
    t: ClassVar[str] = "kick"
    uid: Id
    cid: ClientId | None = None


# --- room, server -> client ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Welcome:
    """Everything a client needs. ``resumed``: ``events`` continues after ``last.seq``; else it is a tail."""

    t: ClassVar[str] = "welcome"
    v: int
    sid: str
    you: You
    room: RoomBody
    tl: TimelineBody
    members: list[Member]
    events: list[EventBody]
    seq: int
    now: float
    resumed: bool


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """``r`` and ``x``: room time when the probe came in and when this answer left, in milliseconds."""

    t: ClassVar[str] = "clk"
    n: int
    c: float
    r: float
    x: float


@dataclass(frozen=True, slots=True)
class Tl(TimelineBody):
    """The whole timeline; apply it if the epoch is equal and the revision greater. ``ack``: the command's ``cid``."""

    t: ClassVar[str] = "tl"
    ack: str | None = None


@dataclass(frozen=True, slots=True)
class Res:
    """Answer to one frame of the sender, never sent to anybody else. ``rev`` is the room's revision now."""

    t: ClassVar[str] = "res"
    cid: str | None
    ok: bool
    rev: int | None
    err: Problem | None = None
    superseded: bool | None = None


@dataclass(frozen=True, slots=True)
class Ev(EventBody):
    t: ClassVar[str] = "ev"


@dataclass(frozen=True, slots=True)
class Pres:
    """Members that changed (``full``: all of them); at most once a second. State ``left`` removes a member."""

    t: ClassVar[str] = "pres"
    m: list[Member]
    full: bool


@dataclass(frozen=True, slots=True)
class TypingBy:
    t: ClassVar[str] = "typing"
    id: str


@dataclass(frozen=True, slots=True)
class Bye:
    """The server closes next, with close code ``code``; come back after ``retry_ms``, or never when it is null."""

    t: ClassVar[str] = "bye"
    code: int
    why: str
    retry_ms: int | None


# --- updates, server -> client ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Snap:
    """First frame on the updates socket, and again after every reconnect."""

    t: ClassVar[str] = "snap"
    requests: list[RequestBody]
    unread: int


@dataclass(frozen=True, slots=True)
class Req(RequestBody):
    t: ClassVar[str] = "req"


@dataclass(frozen=True, slots=True)
class Prog:
    """Progress of one request: state version ``n``, progress 0..1, bytes per second, seconds left.

    ``p`` never falls while one file is fetched, and while one plan of it is made. ``rungs`` is empty before that.
    """

    t: ClassVar[str] = "prog"
    id: str
    n: int
    p: float | None
    bps: int | None
    eta: float | None
    rungs: list[RungBody]


@dataclass(frozen=True, slots=True)
class Note:
    t: ClassVar[str] = "note"
    id: str
    kind: str
    title: str
    body: str
    link: str
    created_at: str


RoomClientFrame = Hello | ClockProbe | Cmd | Status | Ready | Chat | Typing | Kick
RoomServerFrame = Welcome | ClockAnswer | Tl | Res | Ev | Pres | TypingBy | Bye
UpdatesServerFrame = Snap | Req | Prog | Note | Bye
ServerFrame = RoomServerFrame | UpdatesServerFrame

ROOM_CLIENT: dict[str, type[Any]] = {
    kind.t: kind for kind in (Hello, ClockProbe, Cmd, Status, Ready, Chat, Typing, Kick)
}
ROOM_SERVER: dict[str, type[Any]] = {kind.t: kind for kind in (Welcome, ClockAnswer, Tl, Res, Ev, Pres, TypingBy, Bye)}
UPDATES_SERVER: dict[str, type[Any]] = {kind.t: kind for kind in (Snap, Req, Prog, Note, Bye)}

CLOSE_CODES: dict[int, str] = {
    1009: "The frame was larger than 1 MiB.",
    4001: "Not signed in, or the ticket was used or too old.",
    4003: "Removed from the room, or not let in.",
    4004: "There is no such room.",
    4008: "The connection was too slow.",
    4009: "Opened somewhere else.",
    4010: "The server restarts; come back after bye's retry_ms.",
    4029: "Too many frames or open tabs, or a frame larger than 8 KiB.",
}
