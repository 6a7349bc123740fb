"""What a page says to its room."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from consumers.protocol.bounds import (
    ChatText,
    ClientClock,
    ClientId,
    Count,
    Emoji,
    Id,
    Millis,
    Op,
    PlaybackRate,
    Seconds,
    Signed,
)
from consumers.protocol.parts import Last


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
class ChatEdit:
    """New words for one's own message ``seq``, within 15 minutes."""

    t: ClassVar[str] = "chat.edit"
    cid: ClientId
    seq: Count
    text: ChatText


@dataclass(frozen=True, slots=True)
class ChatDelete:
    """Take away message ``seq``: one's own within 15 minutes, or anybody's with the right to ``kick``."""

    t: ClassVar[str] = "chat.del"
    cid: ClientId
    seq: Count


@dataclass(frozen=True, slots=True)
class ChatReact:
    """``on``: whether ``e`` of this person should stand under message ``seq``."""

    t: ClassVar[str] = "chat.react"
    cid: ClientId
    seq: Count
    e: Emoji
    on: bool


@dataclass(frozen=True, slots=True)
class React:
    """A reaction on the film at ``mt`` seconds. No answer; everybody gets it with the room's next ``reacts``."""

    t: ClassVar[str] = "react"
    e: Emoji
    mt: Seconds


@dataclass(frozen=True, slots=True)
class Typing:
    t: ClassVar[str] = "typing"


@dataclass(frozen=True, slots=True)
class Kick:
    t: ClassVar[str] = "kick"
    uid: Id
    cid: ClientId | None = None


RoomClientFrame = (
    Hello | ClockProbe | Cmd | Status | Ready | Chat | Typing | Kick | ChatEdit | ChatDelete | ChatReact | React
)
ROOM_CLIENT: dict[str, type[Any]] = {kind.t: kind for kind in get_args(RoomClientFrame)}
