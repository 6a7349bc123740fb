"""The room's timeline: where the film is at a moment of room time.

Invariant: position is derived, never ticked. A timeline changes only together with its revision, so whoever holds the
greatest revision holds the truth. Room time is the database clock in milliseconds since 1970.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil
from typing import Any

from apps.rooms.domain.leads import LEAD_MIN_MS, rest_lead_ms

SKIPPABLE_MS = 1_000  # most waits are over sooner; whoever pressed play at the same moment meant the same
ITEM_LEAD_MS = 3_000  # for every page to open another film


class Cause(StrEnum):
    """What made this revision; of a start that is counted down at another speed, what made the start."""

    CREATED = "created"
    PLAY = "play"
    PAUSE = "pause"
    SEEK = "seek"
    RATE = "rate"
    ITEM = "item"
    WAIT = "wait"
    RESUME = "resume"
    TOGETHER = "together"
    UNDO = "undo"


class Why(StrEnum):
    """What a room stands still for: a film that stopped, one that is not ready after a seek, for another item or at the
    start; or the film itself, which has not arrived any further."""

    STALL = "stall"
    SEEK = "seek"
    ITEM = "item"
    START = "start"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Barrier:
    """The room stands still for members ``waiting_for`` until ``until_ms``; ``bid`` names this wait.

    ``present``: how many people watched when it began. ``eta_ms``: when the film should have arrived, None if unknown.
    """

    bid: str
    waiting_for: tuple[str, ...]
    until_ms: int
    why: Why = Why.STALL
    began_ms: int = 0
    present: int = 0
    eta_ms: int | None = None

    @classmethod
    def from_row(cls, raw: Mapping[str, Any]) -> "Barrier":
        return cls(**{**raw, "waiting_for": tuple(raw["waiting_for"]), "why": Why(raw["why"])})


@dataclass(frozen=True, slots=True)
class Timeline:
    """``by`` is the person behind ``cause``, None for the room itself. ``duration_ms`` 0 means unknown.

    ``made_ms`` is when ``cause`` made this revision, or the start that it still counts down; ``at_ms`` may lie ahead
    of it.
    """

    rev: int
    epoch: int
    item: str
    position_ms: int
    rate: float
    at_ms: int
    playing: bool
    duration_ms: int
    cause: Cause
    by: str | None = None
    wait: Barrier | None = None
    made_ms: int = 0


@dataclass(frozen=True, slots=True)
class Film:
    """A film that the room may play, and where it begins."""

    item: str
    duration_ms: int
    position_ms: int = 0


def position_at(timeline: Timeline, now_ms: float) -> float:
    """Milliseconds into the film at room time ``now_ms``; before a scheduled start this is the start."""
    elapsed = max(0.0, now_ms - timeline.at_ms) * timeline.rate if timeline.playing else 0.0
    position = timeline.position_ms + elapsed
    return min(position, timeline.duration_ms) if timeline.duration_ms else position


def is_at_end(timeline: Timeline, now_ms: float) -> bool:
    return 0 < timeline.duration_ms <= position_at(timeline, now_ms)


def is_over(timeline: Timeline, now_ms: float) -> bool:
    """The film has run to its end while the room played it."""
    return timeline.playing and is_at_end(timeline, now_ms)


def is_going(timeline: Timeline, now_ms: float) -> bool:
    """The room plays, or will at the moment that was told, and the film is not over."""
    return timeline.playing and not is_at_end(timeline, now_ms)


def can_skip(wait: Barrier, now_ms: float) -> bool:
    """Whether the room can go on without those who are late; without the film it cannot."""
    return wait.why is not Why.SOURCE and now_ms - wait.began_ms >= SKIPPABLE_MS


def switch(timeline: Timeline, film: Film, *, at_ms: int, goes_on: bool) -> Timeline:
    """The room with another film, which begins at ``at_ms`` or waits for somebody to press play."""
    return replace(
        timeline, item=film.item, duration_ms=film.duration_ms, position_ms=film.position_ms, playing=goes_on,
        at_ms=at_ms,
    )  # fmt: skip


def rest(timeline: Timeline, *, left_at_ms: float) -> Timeline | None:
    """Pause a room that everybody left, where the last one left it. None when it does not play and waits for nobody."""
    if not timeline.playing and timeline.wait is None:
        return None
    at_ms = max(ceil(left_at_ms), timeline.at_ms)
    position_ms = round(position_at(timeline, left_at_ms))
    return replace(
        timeline, rev=timeline.rev + 1, playing=False, position_ms=position_ms, at_ms=at_ms, cause=Cause.PAUSE, by=None,
        wait=None, made_ms=ceil(left_at_ms),
    )  # fmt: skip


def rest_at_ms(timeline: Timeline, now_ms: float, lead_ms: int) -> int:
    """When everybody can stop. Where another speed is still ahead that is its moment: who stops then never takes it.

    When that is less than ``LEAD_MIN_MS`` ahead the rest comes up to so much later, and is derived from a speed that
    nobody takes any more: pictures move by that much.
    """
    if now_ms < _speed_until_ms(timeline):
        return max(timeline.at_ms, ceil(now_ms) + min(lead_ms, LEAD_MIN_MS))
    return ceil(now_ms) + rest_lead_ms(lead_ms)


def _speed_until_ms(timeline: Timeline) -> int:
    """Until when the film may still go at an old speed; what is derived from the new one holds from then on."""
    return timeline.at_ms if timeline.cause is Cause.RATE else 0
