"""From one film to the next: because somebody wants to, or because the film is over.

Invariant: the end of a film is offered once and answered once, however many processes look: all hangs on the revision,
and what was offered goes along with another speed.
"""

from functools import partial
from uuid import UUID

from django.db import transaction

from apps.accounts.domain import Person
from apps.common.errors import Conflict, NotFound
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command, Op, Outcome
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.domain.playback import Film, Timeline, is_over
from apps.rooms.domain.succession import COUNTDOWN_MS, succeed
from apps.rooms.models import QueueEntry, Room, RoomCommand, RoomEvent, RoomTimeline
from apps.rooms.services.films import film_for
from apps.rooms.services.history import record, wake
from apps.rooms.services.queue import queue_of
from apps.rooms.services.standing import inside, inside_once, require
from apps.rooms.services.timeline import CommandResult, RoomChange, change_by_itself, command


def skip(*, room_id: UUID, person: Person, cid: str, base: int, lead_ms: int) -> CommandResult:
    """Go on to the next film of the queue, from the one that was on at revision ``base``.

    Raises Forbidden, Conflict when there is none.
    """
    with inside(room_id, person.id) as standing:
        is_known = RoomCommand.objects.filter(room=room_id, by=person.id, cid=cid).exists()
        if not is_known and standing.may(Permission.ITEM) and base < _switched_rev(room_id):
            RoomCommand.objects.create(room_id=room_id, by=person.id, cid=cid, outcome=Outcome.SUPERSEDED)
            timeline = RoomTimeline.objects.get(room=room_id).as_timeline()
            return CommandResult(Outcome.SUPERSEDED, timeline, reason="Another film is on already.")
        film = _first_watchable(room_id)
        if film is None and not is_known:
            raise Conflict("Nothing in the queue can be watched now. Add a film first.", code="queue_empty")
        wanted = Command(op=Op.ITEM, base=base, by=str(person.id), item=film.item if film else None)
        return command(room_id=room_id, person=person, cid=cid, wanted=wanted, lead_ms=lead_ms)


def offer_next(*, room_id: UUID, rev: int) -> RoomEventData | None:
    """The film of revision ``rev`` is over: say what comes next, and when. None when it was said before."""
    with transaction.atomic():
        room = Room.objects.hold(room_id)
        if room is None or room.closed_at or room.next_rev == rev:
            return None
        timeline, now_ms = RoomTimeline.objects.get(room=room_id).as_timeline(), room_clock.now_ms()
        queued = queue_of(room_id)
        if timeline.rev != rev or not queued or not is_over(timeline, now_ms):
            return None
        Room.objects.filter(pk=room_id).update(next_rev=rev, next_at_ms=round(now_ms) + COUNTDOWN_MS)
        name = QueueEntry.objects.values_list("title__name", flat=True).get(pk=queued[0].qid)
        event = record(room_id, EventKind.NEXT_OFFERED, by=None, name="", data={"title": name})
        wake(room_id)
    return event


def decline_next(*, room_id: UUID, person: Person, cid: str) -> RoomEventData | None:
    """Stay where we are at the end of the film; None when nothing was about to begin. Raises Forbidden."""
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        require(standing, Permission.ITEM, "You may not choose the film in this room.")
        offered = Room.objects.filter(pk=room_id, next_rev=standing.room.timeline.rev).exclude(next_at_ms=None)
        if offered.update(next_at_ms=None) != 1:
            return None
        event = record(room_id, EventKind.NEXT_DECLINED, by=person.id, name=person.name, cid=cid)
        wake(room_id)
        return event


def stay(room_id: UUID, *, rev: int) -> None:
    """At the end of this film, which is over at revision ``rev``, the next one does not come by itself.

    Call while the room is held.
    """
    Room.objects.filter(pk=room_id).update(next_rev=rev, next_at_ms=None)


def begin_next(*, room_id: UUID, rev: int) -> RoomChange | None:
    """The countdown that began at revision ``rev`` is over. None when somebody said no, or was faster.

    With no film that can be watched now the room itself says no.
    """
    with transaction.atomic():
        room = Room.objects.hold(room_id)
        now_ms = room_clock.now_ms()
        if room is None or room.closed_at or room.next_rev != rev or (room.next_at_ms or now_ms + 1) > now_ms:
            return None
        film = _first_watchable(room_id)
        if film is None:
            Room.objects.filter(pk=room_id).update(next_at_ms=None)
            record(room_id, EventKind.NEXT_DECLINED, by=None, name="")
            wake(room_id)
            return None
        Room.objects.filter(pk=room_id).update(next_at_ms=None)
        return change_by_itself(room_id, partial(_succeed, film=film, rev=rev, now_ms=now_ms))


def _succeed(timeline: Timeline, *, film: Film, rev: int, now_ms: float) -> Timeline | None:
    return succeed(timeline, film, now_ms=now_ms) if timeline.rev == rev else None


def _switched_rev(room_id: UUID) -> int:
    """The revision with which the film that is on began; 0 for the first one."""
    last = RoomEvent.objects.filter(room=room_id, kind=EventKind.SWITCHED).last()
    return last.rev or 0 if last else 0


def _first_watchable(room_id: UUID) -> Film | None:
    """Films that went away while they were queued are passed over."""
    for entry in queue_of(room_id):
        try:
            return film_for(room_id, UUID(entry.title))
        except (NotFound, Conflict):
            continue
    return None
