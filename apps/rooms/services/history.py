"""Writing to a room's history. Invariant: an event and its number are committed together with what it tells of."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.common.errors import Conflict
from apps.common.events import publish, room_group
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.models import Room, RoomEvent


def record(room_id: UUID, kind: EventKind, *, by: UUID | None, name: str, **details: Any) -> RoomEventData:
    """Add one event. Call while the room is held. Raises Conflict when ``by`` gave this ``cid`` to something else."""
    cid = details.get("cid")
    if cid and RoomEvent.objects.filter(room=room_id, by=by, cid=cid).exists():
        raise cid_used()
    event = RoomEvent.objects.create(
        room_id=room_id,
        seq=Room.objects.next_seq(room_id),
        kind=kind,
        at=timezone.now(),
        by=by,
        name=name,
        **details,
    )
    return event.as_data()


def cid_used() -> Conflict:
    return Conflict("This cid belongs to something else that you did.", code="cid_used")


def wake(room_id: UUID) -> None:
    """After commit: every web process with people in this room reads what is new."""
    publish(room_group(room_id), {"t": "wake", "room": str(room_id)})
