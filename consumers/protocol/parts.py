"""What frames of a room are made of."""

from dataclasses import dataclass
from typing import Literal

from consumers.protocol.bounds import (
    Address,
    Count,
    Emoji,
    EventKind,
    IceName,
    IceText,
    Id,
    MemberState,
    Op,
    Permission,
    Preset,
    Role,
    SdpText,
    WaitRule,
    WaitWhy,
)


@dataclass(frozen=True, slots=True)
class Last:
    """What a returning client already has."""

    epoch: Count
    rev: Count
    seq: Count


@dataclass(frozen=True, slots=True)
class Wait:
    """A barrier: the room stands still until everybody in ``for`` is ready, or until ``until_ms``.

    With ``source`` it waits for the film itself, which should have arrived at ``eta_ms`` when that is known.
    """

    bid: str
    for_: list[str]
    until_ms: int
    why: WaitWhy
    eta_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TimelineBody:
    """T(now) = position_ms + (playing ? rate * max(0, now - at_ms) : 0), never beyond duration_ms when that is known.

    ``at_ms`` may lie ahead: a play or seek starts then; a pause plays on until then and rests at ``position_ms``; a
    film that goes on takes another speed then.
    """

    rev: int
    epoch: int
    item: str
    position_ms: int
    rate: float
    at_ms: int
    playing: bool
    duration_ms: int
    cause: Literal["created", "play", "pause", "seek", "rate", "item", "undo", "wait", "resume", "together"]
    by: str | None
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class Member:
    """``companion``: here without a picture, so nobody waits for them."""

    id: str
    name: str
    role: Role
    guest: bool
    state: MemberState
    buf: float | None = None
    error: float | None = None
    companion: bool | None = None


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
    preset: Preset
    title: TitleCard
    starts_at: str | None = None


@dataclass(frozen=True, slots=True)
class RulesBody:
    """What holds for the whole room. ``host``: who stands in while neither owner nor host is there."""

    preset: Preset
    locked: bool
    slow_s: int
    wait: WaitRule
    host: str | None


@dataclass(frozen=True, slots=True)
class WishBody:
    """A command that others have to agree to, until ``until_ms``: an ask goes to hosts, a vote to everybody.

    ``yes`` and ``no`` are who voted so far. ``position`` is in seconds.
    """

    id: str
    kind: Literal["ask", "vote"]
    by: str
    name: str
    op: Op
    until_ms: int
    yes: list[str]
    no: list[str]
    position: float | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class EventBody:
    """One line of the room's history. ``at`` is when it happened, ``position_s`` where the film was.

    ``data`` holds what only events of this kind have, as texts by name. Of ``chat``: ``edited`` or ``deleted`` (the
    number of the event that did it), and in a ``welcome`` by emoji the people who reacted, ids with spaces between.
    Of ``reacted``: ``emoji``, and ``on`` "yes" or "no". ``edited``, ``deleted``, ``reacted``: ``reply`` is the message.
    """

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
    data: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sdp:
    """A session description of WebRTC. Lines end with a line feed alone; the receiver gives browsers their CR LF."""

    type: Literal["offer", "answer"]
    sdp: SdpText


@dataclass(frozen=True, slots=True)
class Ice:
    """One way on which a socket's browser may be reached: an RTCIceCandidate."""

    candidate: IceText
    mid: IceName | None = None
    line: Count | None = None
    ufrag: IceName | None = None


@dataclass(frozen=True, slots=True)
class Talker:
    """Somebody in the voice chat. ``sid`` is the address for ``rtc``; ``talking`` as their own page says."""

    id: Id
    sid: Address
    talking: bool


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A film that the room may watch next. ``by``/``name``: who added it; ``mine``: you voted for it."""

    qid: str
    title: TitleCard
    by: str
    name: str
    votes: int
    mine: bool


@dataclass(frozen=True, slots=True)
class NextUp:
    """The first of the queue begins at room time ``at_ms``, as long as the timeline's revision is ``rev``."""

    rev: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class PollChoice:
    title: TitleCard
    votes: int


@dataclass(frozen=True, slots=True)
class PollBody:
    """What shall we watch? ``mine`` is the title that you voted for."""

    poll: str
    by: str
    name: str
    choices: list[PollChoice]
    mine: str | None


@dataclass(frozen=True, slots=True)
class QueueBody:
    """``on`` is the film of the room; ``items`` come next, in this order. Apply it unless ``rev`` is smaller."""

    rev: int
    on: TitleCard
    items: list[QueueItem]
    next: NextUp | None
    poll: PollBody | None


@dataclass(frozen=True, slots=True)
class Burst:
    """``n`` times ``e`` in second ``mt`` of the film."""

    e: Emoji
    mt: int
    n: int
