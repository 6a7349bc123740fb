"""What a page says to its room."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from consumers.protocol.bounds import (
    Address,
    ChatText,
    ClientClock,
    ClientId,
    Count,
    Emoji,
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
from consumers.protocol.parts import Ice, Last, Sdp


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

    ``item`` needs the id of a title, and begins at ``position`` or where the room left that film. ``undo`` takes the
    last jump back, for ten seconds: a seek, or the step to another film.
    """

    t: ClassVar[str] = "cmd"
    cid: ClientId
    base: Count
    op: Op
    position: Seconds | None = None
    rate: PlaybackRate | None = None
    item: Id | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Every 5 s and on change: error and buffer in seconds, round trip and jitter in milliseconds.

    ``seeks``: how often this page jumped to correct a drift since it was opened.
    ``nowait``: the room need not wait for this person.
    """

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
    seeks: Count = 0
    nowait: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """Answer to a barrier: ``ok`` says that this client can play on.

    Not ``ok``: it cannot take part in a start that was just scheduled; then ``bid`` is that revision's number.
    """

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


@dataclass(frozen=True, slots=True)
class Voice:
    """Be in the voice chat or not; said again after each welcome. ``talk``: this person's voice is heard right now."""

    t: ClassVar[str] = "voice"
    on: bool
    talk: bool = False
    cid: ClientId | None = None


@dataclass(frozen=True, slots=True)
class Rtc:
    """One step of connecting two browsers of the voice chat: ``sdp`` or ``ice``, for ``to`` and nobody else."""

    t: ClassVar[str] = "rtc"
    to: Address
    sdp: Sdp | None = None
    ice: Ice | None = None


@dataclass(frozen=True, slots=True)
class QueueAdd:
    t: ClassVar[str] = "q.add"
    cid: ClientId
    title: Id


@dataclass(frozen=True, slots=True)
class QueueDel:
    t: ClassVar[str] = "q.del"
    cid: ClientId
    qid: Id


@dataclass(frozen=True, slots=True)
class QueueMove:
    """Put ``qid`` in front of ``before``, or last."""

    t: ClassVar[str] = "q.move"
    cid: ClientId
    qid: Id
    before: Id | None = None


@dataclass(frozen=True, slots=True)
class QueueVote:
    t: ClassVar[str] = "q.vote"
    cid: ClientId
    qid: Id
    on: bool


@dataclass(frozen=True, slots=True)
class QueueSkip:
    """Go on to the next film; ``base`` as in ``cmd``, so that two people who press it skip one film."""

    t: ClassVar[str] = "q.skip"
    cid: ClientId
    base: Count


@dataclass(frozen=True, slots=True)
class QueueStay:
    """Do not begin the next film at the end of this one."""

    t: ClassVar[str] = "q.stay"
    cid: ClientId


@dataclass(frozen=True, slots=True)
class AskReady:
    """Ask everybody whether they are ready; when all are, the film starts."""

    t: ClassVar[str] = "rdy.ask"
    cid: ClientId


@dataclass(frozen=True, slots=True)
class AmReady:
    t: ClassVar[str] = "rdy"
    cid: ClientId
    on: bool


@dataclass(frozen=True, slots=True)
class GoAnyway:
    """Start although not everybody is ready."""

    t: ClassVar[str] = "rdy.go"
    cid: ClientId


@dataclass(frozen=True, slots=True)
class PollOpen:
    """Ask which of two to six films it shall be."""

    t: ClassVar[str] = "poll.open"
    cid: ClientId
    titles: list[Id]


@dataclass(frozen=True, slots=True)
class PollVote:
    t: ClassVar[str] = "poll.vote"
    cid: ClientId
    poll: Id
    title: Id


@dataclass(frozen=True, slots=True)
class PollClose:
    """The film with the most votes goes to the front of the queue."""

    t: ClassVar[str] = "poll.close"
    cid: ClientId
    poll: Id


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
    Hello
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
    | Vote
)
ROOM_CLIENT: dict[str, type[Any]] = {kind.t: kind for kind in get_args(RoomClientFrame)}
