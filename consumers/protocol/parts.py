"""What frames of a room are made of."""

from dataclasses import dataclass
from typing import Literal

from consumers.protocol.bounds import Count, Emoji, EventKind, MemberState, Permission, Role


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
class Burst:
    """``n`` times ``e`` in second ``mt`` of the film."""

    e: Emoji
    mt: int
    n: int
