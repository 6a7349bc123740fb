"""What a room says to its pages."""

from dataclasses import dataclass
from typing import Any, ClassVar, get_args

from consumers.protocol.bounds import Address
from consumers.protocol.parts import (
    Burst,
    EventBody,
    Ice,
    Member,
    Problem,
    QueueBody,
    RoomBody,
    RulesBody,
    Sdp,
    Talker,
    TimelineBody,
    WishBody,
    You,
)


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
    queue: QueueBody
    rules: RulesBody
    wishes: list[WishBody]


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
    """Answer to one frame of the sender, never sent to anybody else. ``rev`` is the room's revision now.

    ``proposed``: nothing has happened yet, the room votes on it.
    """

    t: ClassVar[str] = "res"
    cid: str | None
    ok: bool
    rev: int | None
    err: Problem | None = None
    superseded: bool | None = None
    proposed: bool | None = None


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
class Reacts:
    """What people felt about the film since the last of these; at most one a second."""

    t: ClassVar[str] = "reacts"
    m: list[Burst]


@dataclass(frozen=True, slots=True)
class Bye:
    """The server closes next, with close code ``code``; come back after ``retry_ms``, or never when it is null."""

    t: ClassVar[str] = "bye"
    code: int
    why: str
    retry_ms: int | None


@dataclass(frozen=True, slots=True)
class VoiceNow:
    """Everybody in the voice chat, the longest there first; on every change, and to whoever enters the room."""

    t: ClassVar[str] = "voice"
    who: list[Talker]


@dataclass(frozen=True, slots=True)
class RtcFrom:
    """What ``from`` sent to this socket alone."""

    t: ClassVar[str] = "rtc"
    from_: Address
    sdp: Sdp | None = None
    ice: Ice | None = None


@dataclass(frozen=True, slots=True)
class Queue(QueueBody):
    """The whole queue, after each change of it."""

    t: ClassVar[str] = "q"


@dataclass(frozen=True, slots=True)
class ReadyState:
    """``ids`` are ready; ``by`` asked. Sent when it changes, and on entering while it is open."""

    t: ClassVar[str] = "rdy"
    open: bool
    by: str | None
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Rules(RulesBody):
    """All rules of the room, after each change."""

    t: ClassVar[str] = "rules"


@dataclass(frozen=True, slots=True)
class YouNow(You):
    """The receiver's own standing, after each change of it."""

    t: ClassVar[str] = "you"


@dataclass(frozen=True, slots=True)
class Wishes:
    """All commands that wait for somebody's consent, after each change."""

    t: ClassVar[str] = "wishes"
    open: list[WishBody]


RoomServerFrame = (
    Welcome
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
    | Reacts
)
ROOM_SERVER: dict[str, type[Any]] = {kind.t: kind for kind in get_args(RoomServerFrame)}
