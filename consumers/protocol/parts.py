"""What frames of a room are made of."""

from dataclasses import dataclass
from typing import Literal

from consumers.protocol.bounds import Count, EventKind, MemberState, Permission, Role, WaitWhy


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

    ``data`` holds what only events of this kind have, as texts by name.
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
