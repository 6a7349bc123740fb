"""Which films a room may play, and what has to follow when it moves to another one.

Invariant: the room's people, guests included, get at the film that is on, and at no other one.
"""

from dataclasses import replace
from uuid import UUID

from apps.catalog import selectors as catalog
from apps.common.errors import Conflict
from apps.rooms import selectors
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command
from apps.rooms.domain.playback import Film, Timeline
from apps.rooms.domain.succession import stopped_at_ms
from apps.rooms.models import Bookmark, Membership, Room
from apps.rooms.services.wishes import withdraw_wishes
from apps.streaming import selectors as streaming
from apps.streaming import services as streaming_services


def check_watchable(title_id: UUID) -> str:
    """The name of a film that can be watched. Raises NotFound for no film, Conflict for one that is not ready yet."""
    title = catalog.title(title_id)
    if title.availability not in selectors.WATCHABLE:
        raise Conflict(
            f"{title.name} cannot be watched yet. Ask for it on its page, and come back when it is ready.",
            code="not_ready",
        )
    return title.name


def film_for(room_id: UUID, title_id: UUID) -> Film:
    """A film as this room would begin it: where it left off, if it did. Raises NotFound, Conflict."""
    check_watchable(title_id)
    left = Bookmark.objects.filter(room=room_id, title=title_id).values_list("position_ms", flat=True).first()
    duration_ms = round((streaming.duration(title_id) or 0) * 1000)
    return Film(str(title_id), duration_ms, left or 0)


def complete(room_id: UUID, wanted: Command) -> Command:
    """What a command for another film needs to know of that film. Raises NotFound, Conflict."""
    if wanted.item is None:
        return wanted
    film = film_for(room_id, UUID(wanted.item))
    begin_s = film.position_ms / 1000 if wanted.position_s is None else wanted.position_s
    return replace(wanted, item=film.item, duration_ms=film.duration_ms, position_s=begin_s)


def follow(room_id: UUID, before: Timeline, after: Timeline) -> dict[str, str]:
    """The room has moved to another film: what else is true of it now. Returns what the event tells of it."""
    left, now = UUID(before.item), catalog.title(after.item)
    keep_place(room_id, left, stopped_at_ms(before, room_clock.now_ms()))
    Room.objects.filter(pk=room_id).update(title=now)
    withdraw_wishes(room_id)
    for guest_id in Membership.objects.filter(room=room_id, user__is_guest=True).values_list("user_id", flat=True):
        streaming_services.dismiss(viewer_id=guest_id, title_id=left)
    return {"title": now.name}


def keep_place(room_id: UUID, title_id: UUID, position_ms: int) -> None:
    """Where the room begins with this film another time."""
    Bookmark.objects.update_or_create(room_id=room_id, title_id=title_id, defaults={"position_ms": position_ms})


def name_of(title_id: str) -> str:
    return catalog.title(title_id).name
