"""The room's film: access to it for the people, and what it needs of those who make and keep films."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.common.errors import Conflict
from apps.rooms import selectors
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.playback import position_at
from apps.rooms.models import Room, RoomTimeline
from apps.rooms.services.history import wake
from apps.rooms.services.queue import queue_of
from apps.streaming import services as streaming
from apps.streaming.domain.playback import Playback

HELD_FOR = timedelta(minutes=10)  # with people in the room it is said again long before this is over
NEXT_HELD = 2  # films of the queue; a hundred would fill the disk


def play_in_room(*, room_id: UUID, user_id: UUID, session: str = "") -> Playback:
    """The room's film for one of its people; a player that says its ``session`` opens it where the room is.

    Raises NotFound for strangers, Conflict when it cannot be played yet.
    """
    title_id = selectors.membership(room_id, user_id).room.title_id
    place_s = _place_s(room_id, title_id) if session else None
    playback = streaming.authorise_playback(viewer_id=user_id, title_id=title_id, position_s=place_s, session=session)
    with transaction.atomic():  # who was removed meanwhile, or is late for this film, keeps no way in
        Room.objects.hold(room_id)
        is_let_in = selectors.is_watching(room_id, user_id, title_id)
        if not is_let_in:
            streaming.dismiss(viewer_id=user_id, title_id=title_id)
    if not is_let_in:
        selectors.membership(room_id, user_id)
        raise Conflict("The room has just moved on to another film. Try again.", code="moved_on")
    duration_ms = round((playback.duration_s or 0) * 1000)
    unknown = RoomTimeline.objects.filter(room=room_id, duration_ms=0)
    if duration_ms and unknown.exists():
        with transaction.atomic():
            Room.objects.hold(room_id)
            if unknown.update(duration_ms=duration_ms, rev=F("rev") + 1):
                wake(room_id)
    return playback


def _place_s(room_id: UUID, title_id: UUID) -> float | None:
    """Where the room is in this film; None when it has just moved on to another one."""
    row = RoomTimeline.objects.filter(room=room_id, item=title_id).first()
    return position_at(row.as_timeline(), room_clock.now_ms()) / 1000 if row else None


def look_ahead(room_id: UUID, position_s: float, heights: Collection[int] = ()) -> None:
    """The room has people in it and its film is here: what comes next is made in time, and nothing of it is removed.

    ``heights`` are those of the pictures that people watch, as far as they said.
    """
    title_id = Room.objects.open().filter(pk=room_id).values_list("title_id", flat=True).first()
    if title_id is not None:
        for held in (title_id, *(UUID(entry.title) for entry in queue_of(room_id)[:NEXT_HELD])):
            streaming.hold(held, timezone.now() + HELD_FOR)
        streaming.expect_playback(title_id=title_id, position_s=position_s, heights=heights)
