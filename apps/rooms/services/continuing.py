"""Going on with a party another evening. Invariant: a room that is over goes on in one other room at most."""

from uuid import UUID

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.billing import services as billing
from apps.billing.domain import Entitlement
from apps.common.errors import NotFound
from apps.notifications import services as notifications
from apps.notifications.domain import Kind
from apps.rooms.domain.members import Preset, Role
from apps.rooms.domain.succession import stopped_at_ms
from apps.rooms.models import Membership, Room
from apps.rooms.services.hosting import create_room


def continue_room(*, room_id: UUID, user_id: UUID) -> Room:
    """The room itself while it is open; else the one that goes on where it stopped, opened now if need be.

    Its members are in it again; guests need a new link. Raises NotFound for strangers.
    """
    with transaction.atomic():
        last = _last_of(room_id, user_id)
        if last.closed_at is None:
            return last
        room = create_room(
            owner_id=user_id,
            title_id=last.title_id,
            name=last.name,
            preset=Preset(last.preset),
            position_ms=stopped_at_ms(last.timeline.as_timeline(), last.closed_at.timestamp() * 1000),
        )
        Room.objects.filter(pk=room.pk).update(continues=last)
        _bring_back(last, room, user_id)
    return room


def _last_of(room_id: UUID, user_id: UUID) -> Room:
    """The last room in which this party went on, held until the transaction ends. Raises NotFound."""
    while True:
        room: Room | None = Room.objects.hold(room_id)
        members = Membership.objects.filter(room=room_id, user=user_id, removed_at=None, user__is_guest=False)
        if room is None or not members.exists():
            raise NotFound("There is no such room.", code="no_such_room")
        following = Room.objects.filter(continues=room_id).values_list("pk", flat=True).first()
        if following is None:
            return room
        room_id = following


def _bring_back(last: Room, room: Room, user_id: UUID) -> None:
    """As many as the new owner's plan has seats for, those who came first before the others."""
    seats = int(billing.entitlement(user_id, Entitlement.PARTY_SIZE))
    others = Membership.objects.filter(room=last, removed_at=None, user__is_guest=False).exclude(user=user_id)
    back = list(others.order_by("joined_at")[: max(0, seats - 1)])
    Membership.objects.bulk_create([Membership(room=room, user_id=row.user_id, role=_role(row)) for row in back])
    name = accounts.names([user_id]).get(user_id, "")
    notifications.notify(
        key=f"party:{room.pk}:continued",
        kind=Kind.PARTY,
        recipients=[row.user_id for row in back],
        title=f"{name} goes on with {room.name}",
        body="The party goes on where you stopped.",
        link=f"/room/{room.pk}",
    )


def _role(row: Membership) -> Role:
    """Whoever opens the new room owns it; the owner of the last one helps."""
    return Role.HOST if row.role == Role.OWNER else Role(row.role)
