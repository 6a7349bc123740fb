"""What a page says to its room."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from consumers.protocol.bounds import (
    ChatText,
    ClientClock,
    ClientId,
    Count,
    GivenRole,
    Id,
    Millis,
    Op,
    PlaybackRate,
    Preset,
    Seconds,
    Signed,
    SlowMode,
    WaitRule,
)
from consumers.protocol.parts import Last


@dataclass(frozen=True, slots=True)
class Hello:
    """First frame on a room socket; the answer is ``welcome``. ``companion``: this page shows no picture."""

    t: ClassVar[str] = "hello"
    v: Literal[1]
    room: Id
    sid: ClientId | None = None
    last: Last | None = None
    vis: bool = True
    companion: bool = False


@dataclass(frozen=True, slots=True)
class ClockProbe:
    """``n`` numbers the probe, ``c`` is the client's performance.now() in milliseconds."""

    t: ClassVar[str] = "clk"
    n: Count
    c: ClientClock


@dataclass(frozen=True, slots=True)
class Cmd:
    """A change of the timeline, based on revision ``base``. ``seek`` needs ``position`` (seconds), ``rate`` a rate.

    ``undo`` takes the last jump back, for ten seconds.
    """

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


@dataclass(frozen=True, slots=True)
class GiveRole:
    t: ClassVar[str] = "role"
    cid: ClientId
    uid: Id
    role: GivenRole


@dataclass(frozen=True, slots=True)
class Rule:
    """Change the rules that are given; ``slow_s`` is the time between two messages of a person, 0 for none."""

    t: ClassVar[str] = "rule"
    cid: ClientId
    preset: Preset | None = None
    locked: bool | None = None
    slow_s: SlowMode | None = None
    wait: WaitRule | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Please do this for me: as ``cmd``, for people whose room has hosts who may be asked."""

    t: ClassVar[str] = "ask"
    cid: ClientId
    base: Count
    op: Op
    position: Seconds | None = None
    rate: PlaybackRate | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A host's answer to wish ``ask``."""

    t: ClassVar[str] = "grant"
    cid: ClientId
    ask: Id
    ok: bool


@dataclass(frozen=True, slots=True)
class Vote:
    """Yes or no to wish ``vote``; the last one of a person counts."""

    t: ClassVar[str] = "vote"
    cid: ClientId
    vote: Id
    ok: bool


RoomClientFrame = (
    Hello | ClockProbe | Cmd | Status | Ready | Chat | Typing | Kick | GiveRole | Rule | Ask | Grant | Vote
)
ROOM_CLIENT: dict[str, type[Any]] = {kind.t: kind for kind in get_args(RoomClientFrame)}
