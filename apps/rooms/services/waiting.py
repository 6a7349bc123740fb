"""The room stands still for whoever is late, and for a film that is still arriving.

Invariant: however many processes see the same, the first one changes the room and the others find that it is done.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain import arrival, waiting
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.patience import WaitRule
from apps.rooms.domain.playback import Timeline, position_at
from apps.rooms.domain.waiting import Wish
from apps.rooms.models import Room, RoomTimeline
from apps.rooms.services.arriving import arrival_of
from apps.rooms.services.timeline import move_by_itself, tell_move


@dataclass(frozen=True, slots=True)
class WaitChange:
    """``event`` is None for a change that is no line of the room's history."""

    timeline: Timeline
    event: RoomEventData | None


@dataclass(frozen=True, slots=True)
class SourceLook:
    """``is_whole``: all of the film from here on is there. ``change``: what the room did about it."""

    is_whole: bool
    change: WaitChange | None = None


def begin_wait(*, room_id: UUID, wish: Wish, lead_ms: int) -> WaitChange | None:
    """Stand still for those of ``wish`` whom the room's rule waits for. None when it does not."""

    def change(timeline: Timeline) -> Timeline | None:
        rule = _rule_of(room_id)
        return waiting.begin_wait(timeline, wish, rule=rule, now_ms=room_clock.now_ms(), lead_ms=lead_ms)

    return _change(room_id, change)


def settle_wait(*, room_id: UUID, bid: str, done: Collection[str], lead_ms: int) -> WaitChange | None:
    """Wait ``bid`` is no longer for ``done``; it ends when enough people are ready. None when it is over already."""

    def change(timeline: Timeline) -> Timeline | None:
        now_ms, rule = room_clock.now_ms(), _rule_of(room_id)
        return waiting.settle_wait(timeline, bid=bid, done=done, rule=rule, now_ms=now_ms, lead_ms=lead_ms)

    return _change(room_id, change)


def _change(room_id: UUID, change: Callable[[Timeline], Timeline | None]) -> WaitChange | None:
    with transaction.atomic():
        move = move_by_itself(room_id, change)
        if move is None:
            return None
        event = tell_move(room_id, move) if waiting.is_history(move.before, move.after) else None
    return WaitChange(move.after, event)


def _rule_of(room_id: UUID) -> WaitRule:
    return WaitRule(Room.objects.values_list("wait_rule", flat=True).get(pk=room_id))


def mind_source(*, room_id: UUID, lead_ms: int) -> SourceLook:
    """Stop before the edge of what has arrived, and go on when there is more. One read while nothing changes."""
    row = RoomTimeline.objects.filter(room=room_id).first()
    if row is None:
        return SourceLook(is_whole=True)
    seen = row.as_timeline()
    found = arrival_of(row.item, position_at(seen, room_clock.now_ms()) / 1000)

    def change(timeline: Timeline) -> Timeline | None:
        if timeline.rev != seen.rev:  # it may be elsewhere by now; the next look is near
            return None
        now_ms, bid = room_clock.now_ms(), uuid4().hex
        return arrival.mind_source(timeline, found, bid=bid, now_ms=now_ms, lead_ms=lead_ms)

    now_ms = room_clock.now_ms()
    if arrival.mind_source(seen, found, bid="", now_ms=now_ms, lead_ms=lead_ms) is None:
        return SourceLook(is_whole=found is None)
    return SourceLook(is_whole=found is None, change=_change(room_id, change))
