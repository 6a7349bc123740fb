"""Who changes a room. Invariant: what they may do is judged and used in one transaction, one change after another."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from apps.rooms import selectors
from apps.rooms.models import Membership, Room


@contextmanager
def inside(room_id: UUID, user_id: UUID) -> Iterator[Membership]:
    """The standing of somebody who changes the room; it stays true until the change is committed.

    Raises Forbidden for a stranger or a removed person, NotFound for a closed room.
    """
    with transaction.atomic():
        Room.objects.hold(room_id)
        yield selectors.standing(room_id, user_id)
