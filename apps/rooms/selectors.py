"""Reads of rooms for screens. A room exists for its members only; for everybody else it is not there."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from apps.catalog import selectors as catalog
from apps.common.errors import NotFound
from apps.rooms.adapters import secrets
from apps.rooms.domain.members import Role
from apps.rooms.models import Invite, Membership, Room


def rooms_of(user_id: UUID) -> QuerySet[Room]:
    """Open rooms of a person, with ``title``, ``owner`` and ``member_count``."""
    found: QuerySet[Room] = Room.objects.open().of_member(user_id).for_lists()
    return found


def room(room_id: UUID, user_id: UUID) -> Room:
    """Raises NotFound, also for a room that this person is not in."""
    found = rooms_of(user_id).filter(pk=room_id).first()
    if found is None:
        raise NotFound("There is no such room.", code="no_such_room")
    return found


def membership(room_id: UUID, user_id: UUID) -> Membership:
    """The standing of a person in an open room. Raises NotFound."""
    found = (
        Membership.objects.select_related("room")
        .filter(room=room_id, user=user_id, removed_at=None, room__closed_at=None)
        .first()
    )
    if found is None:
        raise NotFound("There is no such room.", code="no_such_room")
    return found


def card(found: Room, user_id: UUID) -> dict[str, Any]:
    """The Room shape of the HTTP API."""
    role = Membership.objects.values_list("role", flat=True).get(room=found, user=user_id)
    return _card(found, Role(role))


def cards(found: list[Room], user_id: UUID) -> list[dict[str, Any]]:
    roles = dict(Membership.objects.filter(room__in=found, user=user_id).values_list("room_id", "role"))
    return [_card(item, Role(roles[item.pk])) for item in found]


def _card(found: Any, role: Role) -> dict[str, Any]:
    return {
        "id": found.pk,
        "name": found.name,
        "title": catalog.card(found.title),
        "preset": found.preset,
        "role": role.value,
        "owner_name": found.owner.name,
        "member_count": found.member_count,
        "created_at": found.created_at,
    }


def open_invite(token: str) -> Invite:
    """Raises NotFound when it is unknown, expired or used up, or its room is closed; all look the same."""
    found = (
        Invite.objects.select_related("room__title", "room__owner")
        .filter(digest=secrets.digest(token), expires_at__gt=timezone.now(), room__closed_at=None)
        .exclude(uses_left=0)
        .exclude(pin_tries_left=0)
        .first()
    )
    if found is None:
        raise NotFound("This invite is not valid any more. Ask for a new link.", code="invite_invalid")
    return found


def invite_info(token: str) -> dict[str, Any]:
    """The InviteInfo shape: what a person may know before joining. Raises NotFound."""
    found = open_invite(token)
    return {
        "room_id": found.room_id,
        "room_name": found.room.name,
        "title": catalog.card(found.room.title),
        "host_name": found.room.owner.name,
        "needs_pin": bool(found.pin_hash),
    }
