"""Who has the host's control while the host is away. Invariant: however many processes look, it moves once."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.handover import Person, stand_in
from apps.rooms.domain.members import Role
from apps.rooms.models import Membership, Room
from apps.rooms.services.history import record, wake


def keep_host(*, room_id: UUID, present: Collection[str], away_s: float) -> bool:
    """Move the host's control, or give it back, as far as it is due; True when it moved.

    ``away_s``: for how long neither a host nor whoever stands in has been seen.
    """
    with transaction.atomic():
        room = Room.objects.hold(room_id)
        if room is None or room.closed_at:
            return False
        current = str(room.stand_in) if room.stand_in else None
        chosen = stand_in(_people(room_id, present), present, current=current, away_s=away_s)
        if chosen == current:
            return False
        uid = UUID(chosen) if chosen else None
        Room.objects.note_power(room_id, stand_in=uid)
        names = accounts.names([uid]) if uid else {}
        record(room_id, EventKind.HOSTING, by=None, name="", uid=uid, data={"name": names[uid]} if uid else {})
        wake(room_id)
    return True


def _people(room_id: UUID, present: Collection[str]) -> list[Person]:
    """In the order in which they joined, which every process finds the same."""
    ids = [UUID(uid) for uid in present]
    here = Membership.objects.filter(room=room_id, user__in=ids, removed_at=None).order_by("joined_at", "pk")
    return [Person(str(uid), Role(role), n) for n, (uid, role) in enumerate(here.values_list("user_id", "role"))]
