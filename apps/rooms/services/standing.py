"""Who changes a room. Invariant: what they may do is judged and used in one transaction, one change after another."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from apps.accounts.domain import Person
from apps.common.errors import Forbidden
from apps.rooms import selectors
from apps.rooms.domain.commands import Outcome
from apps.rooms.domain.members import Permission
from apps.rooms.models import Membership, Room, RoomCommand


@contextmanager
def inside(room_id: UUID, user_id: UUID) -> Iterator[Membership]:
    """The standing of somebody who changes the room; it stays true until the change is committed.

    Raises Forbidden for a stranger or a removed person, NotFound for a closed room.
    """
    with transaction.atomic():
        Room.objects.hold(room_id)
        yield selectors.standing(room_id, user_id)


@contextmanager
def inside_once(room_id: UUID, person: Person, cid: str) -> Iterator[Membership | None]:
    """Like ``inside``, for a wish that may arrive again: None when this ``cid`` has come true before.

    What is refused is rolled back with the rest, so it may be tried again.
    """
    with inside(room_id, person.id) as standing:
        wish = RoomCommand(room_id=room_id, by=person.id, cid=cid, outcome=Outcome.APPLIED)
        is_known = RoomCommand.objects.filter(room=room_id, by=person.id, cid=cid).exists()
        if not is_known:
            wish.save()
        yield None if is_known else standing


def require(standing: Membership, permission: Permission, refusal: str) -> None:
    """Raises Forbidden with ``refusal``."""
    if not standing.may(permission):
        raise Forbidden(refusal, code="not_allowed")
