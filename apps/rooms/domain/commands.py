"""What people do to the room's timeline: a command, and what it comes to. Pure.

Invariant: each command says what its sender wants and none toggles, so it may come late or twice.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, isfinite

from apps.rooms.domain.playback import (
    ITEM_LEAD_MS,
    Cause,
    Film,
    Timeline,
    can_skip,
    is_at_end,
    position_at,
    rest_at_ms,
    switch,
)

SUPERSEDE_MS = 700  # two people pressing the same button mean it once
RATE_MIN, RATE_MAX = 0.5, 2.0
UNDO_MS = 10_000  # long enough to see that it was a slip, short enough that nobody has settled there


class Op(StrEnum):
    PLAY = "play"
    PAUSE = "pause"
    SEEK = "seek"
    RATE = "rate"
    ITEM = "item"
    UNDO = "undo"


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
    after = replace(after, rev=timeline.rev + 1, wait=wait)
    if command.op is Op.RATE and _is_counted_down(timeline, until_ms=ceil(now_ms) + lead_ms):
        return Decision(Outcome.APPLIED, after)
    cause = Cause.ITEM if after.item != timeline.item else Cause(command.op.value)
    return Decision(Outcome.APPLIED, replace(after, cause=cause, by=command.by, made_ms=ceil(now_ms)))


def _is_counted_down(timeline: Timeline, *, until_ms: int) -> bool:
    """A start that everybody counts to stays that start at any speed: whoever is not ready for it may still say so."""
    return timeline.playing and timeline.cause in {Cause.ITEM, Cause.TOGETHER} and timeline.at_ms >= until_ms


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
    has_ended = timeline.wait is None and is_at_end(timeline, now_ms)
    is_held = timeline.wait is not None and not can_skip(timeline.wait, now_ms)
    is_meant = command.base == timeline.rev if has_ended else not timeline.playing
    if is_held or not is_meant:
        return timeline
    position_ms = 0 if has_ended else timeline.position_ms
    return replace(timeline, playing=True, position_ms=position_ms, at_ms=ceil(now_ms) + lead_ms)


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
    goes_on = _is_wanted(timeline)  # a seek ends the wait, not the evening
    return replace(timeline, playing=goes_on, position_ms=target_ms, at_ms=ceil(now_ms) + (lead_ms if goes_on else 0))


def _rate(timeline: Timeline, command: Command, now_ms: float, lead_ms: int) -> Timeline:
    if command.rate is None or command.rate == timeline.rate:
        return timeline
    if not timeline.playing:  # who has still to stop stops when and where it was told
        return replace(timeline, rate=command.rate)
    at_ms = max(ceil(now_ms) + lead_ms, timeline.at_ms)  # another speed does not bring a start nearer
    return replace(timeline, rate=command.rate, position_ms=round(position_at(timeline, at_ms)), at_ms=at_ms)


def _item(timeline: Timeline, command: Command, now_ms: float, lead_ms: int) -> Timeline:
    if command.item is None or command.item == timeline.item:
        return timeline
    goes_on = _is_wanted(timeline)
    return switch(
        timeline,
        Film(command.item, command.duration_ms, round((command.position_s or 0) * 1000)),
        at_ms=ceil(now_ms) + (max(lead_ms, ITEM_LEAD_MS) if goes_on else 0),
        goes_on=goes_on,
    )


def _is_wanted(timeline: Timeline) -> bool:
    """The room means to play: it does, or only waits for somebody."""
    return timeline.playing or timeline.wait is not None


def _undo(timeline: Timeline, command: Command, now_ms: float, lead_ms: int) -> Timeline:
    return (_item if command.item else _seek)(timeline, command, now_ms, lead_ms)


_moves = {Op.PLAY: _play, Op.PAUSE: _pause, Op.SEEK: _seek, Op.RATE: _rate, Op.ITEM: _item, Op.UNDO: _undo}


def undo_to(jump: Jump | None, now_ms: float) -> float | None:
    """Seconds into the film where the last jump began; None when there is none, or too long ago.

    Not where the film would be by now: whoever takes a slip back wants to see what they were seeing.
    """
    if jump is None or now_ms - jump.at_ms > UNDO_MS:
        return None
    return jump.from_ms / 1000
