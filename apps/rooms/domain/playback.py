"""The room's timeline: where the film is at a moment of room time, and what a command makes of it.

Invariant: position is derived, never ticked. A timeline changes only together with its revision, so whoever holds the
greatest revision holds the truth. Room time is the database clock in milliseconds since 1970.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, isfinite
from typing import Any

from apps.rooms.domain.leads import LEAD_MIN_MS, rest_lead_ms

SUPERSEDE_MS = 700  # two people pressing the same button mean it once
RATE_MIN, RATE_MAX = 0.5, 2.0
SKIPPABLE_MS = 1_000  # most waits are over sooner; whoever pressed play at the same moment meant the same
ITEM_LEAD_MS = 3_000  # for every page to open another film
UNDO_MS = 10_000  # long enough to see that it was a slip, short enough that nobody has settled there


class Op(StrEnum):
    PLAY = "play"
    PAUSE = "pause"
    SEEK = "seek"
    RATE = "rate"
    ITEM = "item"
    UNDO = "undo"


class Cause(StrEnum):
    """What made this revision."""

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
    """``by`` is the person behind the last change, None for the room itself. ``duration_ms`` 0 means unknown.

    ``made_ms`` is when this revision was made; ``at_ms`` may lie ahead of it.
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
class Command:
    """``base`` is the revision that the person saw; ``position_s`` belongs to seek and undo, ``rate`` to rate.

    ``item`` is another film, ``duration_ms`` its length and ``position_s`` where to begin; of an undo it is the film
    that was left.
    """

    op: Op
    base: int
    by: str
    position_s: float | None = None
    rate: float | None = None
    item: str | None = None
    duration_ms: int = 0

    @property
    def about(self) -> Op:
        """What is done to the room, also by an undo: whoever takes a step to another film back chooses the film."""
        return Op.ITEM if self.op is Op.UNDO and self.item else self.op


@dataclass(frozen=True, slots=True)
class Film:
    """A film that the room may play, and where it begins."""

    item: str
    duration_ms: int
    position_ms: int = 0


@dataclass(frozen=True, slots=True)
class Jump:
    """A seek or a skip that was made at ``at_ms`` and left ``from_ms`` of the film; of a skip ``item`` is that film."""

    from_ms: float
    at_ms: float
    item: str | None = None


class Outcome(StrEnum):
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: Outcome
    timeline: Timeline
    reason: str = ""


def position_at(timeline: Timeline, now_ms: float) -> float:
    """Milliseconds into the film at room time ``now_ms``; before a scheduled start this is the start."""
    elapsed = max(0.0, now_ms - timeline.at_ms) * timeline.rate if timeline.playing else 0.0
    position = timeline.position_ms + elapsed
    return min(position, timeline.duration_ms) if timeline.duration_ms else position


def is_at_end(timeline: Timeline, now_ms: float) -> bool:
    return 0 < timeline.duration_ms <= position_at(timeline, now_ms)


def apply_command(timeline: Timeline, command: Command, *, now_ms: float, lead_ms: int) -> Decision:
    """Decide what ``command`` does at room time ``now_ms``; ``lead_ms`` ahead is when everybody can act on it.

    A command on an old revision still counts, because each says what the person wants and none of them toggles.
    """
    if fault := _fault(timeline, command):
        return Decision(Outcome.REFUSED, timeline, fault)
    if _is_superseded(timeline, command, now_ms):
        return Decision(Outcome.SUPERSEDED, timeline, "Somebody else just did the same.")
    after = _moves[command.op](timeline, command, now_ms, lead_ms)
    if after == timeline:
        return Decision(Outcome.UNCHANGED, timeline)
    wait = timeline.wait if command.op is Op.RATE else None  # who is late is late at any speed
    cause = Cause.ITEM if after.item != timeline.item else Cause(command.op.value)
    changed = replace(after, rev=timeline.rev + 1, cause=cause, by=command.by, wait=wait, made_ms=ceil(now_ms))
    return Decision(Outcome.APPLIED, changed)


def _fault(timeline: Timeline, command: Command) -> str:
    if command.base > timeline.rev:
        return "This command is based on a revision that the room does not have."
    position, rate = command.position_s, command.rate
    if command.op is Op.SEEK and (position is None or not isfinite(position) or position < 0):
        return "A seek needs a position in seconds, 0 or more."
    if command.op is Op.UNDO and position is None:
        return "There is no jump to take back."
    if command.op is Op.RATE and (rate is None or not RATE_MIN <= rate <= RATE_MAX):
        return f"The rate must be from {RATE_MIN:g} to {RATE_MAX:g}."
    if command.op is Op.ITEM and not command.item:
        return "Say which film."
    return ""


def _is_superseded(timeline: Timeline, command: Command, now_ms: float) -> bool:
    return (
        command.base < timeline.rev
        and timeline.cause.value == command.op.value
        and timeline.by != command.by
        and now_ms - timeline.made_ms < SUPERSEDE_MS
    )


def _play(timeline: Timeline, command: Command, now_ms: float, lead_ms: int) -> Timeline:
    """Pressed at the end of the film it starts over; said of an earlier moment, and granted only now, it does not."""
    has_ended = command.base == timeline.rev and timeline.wait is None and is_at_end(timeline, now_ms)
    is_held = timeline.wait is not None and not can_skip(timeline.wait, now_ms)
    if is_held or (timeline.playing and not has_ended):
        return timeline
    position_ms = 0 if has_ended else timeline.position_ms
    return replace(timeline, playing=True, position_ms=position_ms, at_ms=ceil(now_ms) + lead_ms)


def can_skip(wait: Barrier, now_ms: float) -> bool:
    """Whether the room can go on without those who are late; without the film it cannot."""
    return wait.why is not Why.SOURCE and now_ms - wait.began_ms >= SKIPPABLE_MS


def _pause(timeline: Timeline, _command: Command, now_ms: float, lead_ms: int) -> Timeline:
    """Everybody plays on until the lead is over and rests at the same frame, so nobody rewinds."""
    if not timeline.playing and timeline.wait is None:
        return timeline
    at_ms = rest_at_ms(timeline, now_ms, lead_ms)
    return replace(timeline, playing=False, wait=None, position_ms=round(position_at(timeline, at_ms)), at_ms=at_ms)


def _seek(timeline: Timeline, command: Command, now_ms: float, lead_ms: int) -> Timeline:
    target_ms = round((command.position_s or 0.0) * 1000)
    if timeline.duration_ms:
        target_ms = min(target_ms, timeline.duration_ms)
    is_going = timeline.playing or timeline.wait is not None  # a seek ends the wait, not the evening
    return replace(timeline, playing=is_going, position_ms=target_ms, at_ms=ceil(now_ms) + (lead_ms if is_going else 0))


def _rate(timeline: Timeline, command: Command, now_ms: float, lead_ms: int) -> Timeline:
    if command.rate is None or command.rate == timeline.rate:
        return timeline
    at_ms = max(ceil(now_ms) + lead_ms, _speed_until_ms(timeline))
    return replace(timeline, rate=command.rate, position_ms=round(position_at(timeline, at_ms)), at_ms=at_ms)


def _item(timeline: Timeline, command: Command, now_ms: float, lead_ms: int) -> Timeline:
    if command.item is None or command.item == timeline.item:
        return timeline
    is_going = timeline.playing or timeline.wait is not None
    return switch(
        timeline,
        Film(command.item, command.duration_ms, round((command.position_s or 0) * 1000)),
        at_ms=ceil(now_ms) + (max(lead_ms, ITEM_LEAD_MS) if is_going else 0),
        is_going=is_going,
    )


def _undo(timeline: Timeline, command: Command, now_ms: float, lead_ms: int) -> Timeline:
    return (_item if command.item else _seek)(timeline, command, now_ms, lead_ms)


def switch(timeline: Timeline, film: Film, *, at_ms: int, is_going: bool) -> Timeline:
    """The room with another film, which begins at ``at_ms`` or waits for somebody to press play."""
    return replace(
        timeline, item=film.item, duration_ms=film.duration_ms, position_ms=film.position_ms, playing=is_going,
        at_ms=at_ms,
    )  # fmt: skip


_moves = {Op.PLAY: _play, Op.PAUSE: _pause, Op.SEEK: _seek, Op.RATE: _rate, Op.ITEM: _item, Op.UNDO: _undo}


def undo_to(jump: Jump | None, now_ms: float) -> float | None:
    """Seconds into the film where the last jump began; None when there is none, or too long ago.

    Not where the film would be by now: whoever takes a slip back wants to see what they were seeing.
    """
    if jump is None or now_ms - jump.at_ms > UNDO_MS:
        return None
    return jump.from_ms / 1000


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
    """When everybody can stop. Where another speed is still ahead that is its moment: who stops then never takes it."""
    if now_ms < _speed_until_ms(timeline):
        return max(timeline.at_ms, ceil(now_ms) + min(lead_ms, LEAD_MIN_MS))
    return ceil(now_ms) + rest_lead_ms(lead_ms)


def _speed_until_ms(timeline: Timeline) -> int:
    """Until when the film may still go at an old speed; what is derived from the new one holds from then on."""
    return timeline.at_ms if timeline.cause is Cause.RATE else 0
