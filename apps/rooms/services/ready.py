"""Asking whether everybody is ready, and starting together. Who is ready lives in memory; the start is a change."""

from functools import partial
from uuid import UUID

from apps.accounts.domain import Person
from apps.common.errors import Conflict, Forbidden
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Op
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission, Preset
from apps.rooms.domain.playback import is_going, is_over
from apps.rooms.domain.ready import start_together
from apps.rooms.domain.wishes import needs_vote
from apps.rooms.models import RoomTimeline
from apps.rooms.services.history import record, wake
from apps.rooms.services.standing import inside_once, require
from apps.rooms.services.succession import stay
from apps.rooms.services.timeline import RoomChange, change_by_itself


def ask_ready(*, room_id: UUID, person: Person, cid: str) -> RoomEventData | None:
    """Open a ready check; None when this wish came true before. At the end of a film the next one does not come.

    Raises Forbidden, Conflict while the film plays.
    """
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        require(standing, Permission.PLAY_PAUSE, "The host starts the film in this room.")
        timeline, now_ms = RoomTimeline.objects.get(room=room_id).as_timeline(), room_clock.now_ms()
        if is_going(timeline, now_ms):
            raise Conflict("The film plays already. Pause it first.", code="playing")
        if is_over(timeline, now_ms):  # it is this film that is asked about
            stay(room_id, rev=timeline.rev)
        event = record(room_id, EventKind.READY_ASKED, by=person.id, name=person.name, cid=cid)
        wake(room_id)
        return event


def start_anyway(*, room_id: UUID, person: Person, cid: str) -> RoomChange | None:
    """Count down although not everybody is ready. Raises Forbidden, also where a start is voted on."""
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        require(standing, Permission.PLAY_PAUSE, "The host starts the film in this room.")
        if needs_vote(Preset(standing.room.preset), Op.PLAY, is_waiting=False):
            raise Forbidden("Ask for a vote: press play.", code="not_allowed")
        return change_by_itself(room_id, partial(start_together, now_ms=room_clock.now_ms(), by=str(person.id)))


def start_when_ready(*, room_id: UUID) -> RoomChange | None:
    """Everybody is ready. None when the room plays already or waits for somebody, so many processes may notice."""
    return change_by_itself(room_id, partial(start_together, now_ms=room_clock.now_ms(), by=None))
