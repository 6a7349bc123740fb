"""Opening and closing rooms."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts import services as accounts_services
from apps.catalog import selectors as catalog
from apps.common.errors import Forbidden
from apps.rooms import selectors
from apps.rooms.adapters.room_clock import database_now_ms
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.members import Preset, Role
from apps.rooms.models import NAME_MAX, Membership, Room, RoomTimeline
from apps.rooms.services.history import record, wake
from apps.rooms.services.schedule import cancel_party, plan_party
from apps.streaming import selectors as streaming


def create_room(
    *,
    owner_id: UUID,
    title_id: UUID,
    name: str = "",
    preset: Preset = Preset.FRIENDS,
    position_ms: int = 0,
    starts_at: datetime | None = None,
    addresses: Collection[str] = (),
) -> Room:
    """Open a room for a film, paused at ``position_ms``; with ``starts_at`` it is a party for later.

    Raises NotFound for an unknown title, Invalid like ``plan_party``.
    """
    title = catalog.title(title_id)
    owner_name = accounts.names([owner_id]).get(owner_id, "")
    with transaction.atomic():
        room = Room.objects.create(
            owner_id=owner_id, title=title, name=(name.strip() or title.name)[:NAME_MAX], preset=preset
        )
        RoomTimeline.objects.create(
            room=room,
            item=title.pk,
            position_ms=position_ms,
            at_ms=round(database_now_ms()),
            duration_ms=round((streaming.duration(title.pk) or 0) * 1000),
        )
        Membership.objects.create(room=room, user_id=owner_id, role=Role.OWNER)
        record(room.pk, EventKind.JOINED, by=owner_id, name=owner_name)
        if starts_at is not None:
            plan_party(room_id=room.pk, by=owner_id, starts_at=starts_at, addresses=addresses)
    return room


def close_room(*, room_id: UUID, by: UUID) -> None:
    """End the party for everybody; guests lose their sessions. Only the owner may. Raises NotFound, Forbidden."""
    standing = selectors.membership(room_id, by)
    if standing.role != Role.OWNER:
        raise Forbidden("Only the owner of this room can close it.")
    with transaction.atomic():
        if Room.objects.open().filter(pk=room_id).update(closed_at=timezone.now()) != 1:
            return
        record(room_id, EventKind.CLOSED, by=by, name=accounts.names([by]).get(by, ""))
        wake(room_id)
        cancel_party(room_id, by=by)
        accounts_services.close_guests(room_id)
