"""Reads of rooms, for screens and for sockets. A room exists for its members only; for all others it is not there."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from apps.catalog import selectors as catalog
from apps.common.errors import Forbidden, NotFound
from apps.rooms.adapters import secrets
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.members import Permission, Preset, Role, acting_role, permissions
from apps.rooms.domain.playback import Timeline
from apps.rooms.domain.rules import RoomRules
from apps.rooms.domain.wishes import Wish, WishState
from apps.rooms.models import Invite, Membership, Room, RoomEvent, RoomTimeline, RoomWish

REPLAY_MAX = 500  # more missed events than this: a fresh tail instead
TAIL = 100


@dataclass(frozen=True, slots=True)
class Power:
    """What decides who may do what. ``rev`` grows with each change; ``stand_in`` has the host's rights for now."""

    rev: int
    rules: RoomRules
    stand_in: str | None
    wishes: tuple[Wish, ...]

    def rights(self, uid: str, role: Role) -> frozenset[Permission]:
        return permissions(self.rules.preset, acting_role(role, is_acting_host=uid == self.stand_in))


@dataclass(frozen=True, slots=True)
class Entrance:
    """What a person finds on entering. ``resumed``: ``events`` continues after the number they knew."""

    name: str
    preset: Preset
    title: dict[str, Any]
    role: Role
    can: frozenset[Permission]
    timeline: Timeline
    events: list[RoomEventData]
    seq: int
    resumed: bool
    power: Power


@dataclass(frozen=True, slots=True)
class News:
    timeline: Timeline
    events: list[RoomEventData]
    power: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest of a room."""

    rev: int
    seq: int
    power: int


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


# --- for sockets -----------------------------------------------------------------------------------------------
def standing(room_id: UUID, user_id: UUID) -> Membership:
    """Of a person in an open room. Raises Forbidden for a stranger or a removed person, NotFound for a closed room."""
    found = Membership.objects.select_related("room").filter(room=room_id, user=user_id).first()
    if found is None or found.removed_at:
        raise Forbidden("You are not in this room. Ask for an invite.", code="not_in_room")
    if found.room.closed_at:
        raise NotFound("This room is closed.", code="no_such_room")
    return found


def entrance(room_id: UUID, user_id: UUID, known_seq: int | None) -> Entrance:
    """Raises NotFound for a room that is not there or closed, Forbidden for a stranger or a removed person."""
    room = Room.objects.open().select_related("title", "timeline").filter(pk=room_id).first()
    if room is None:
        raise NotFound("There is no such room.", code="no_such_room")
    role, power = Role(standing(room_id, user_id).role), _power_of(room)
    resumed = known_seq is not None and 0 <= room.seq - known_seq <= REPLAY_MAX
    first = known_seq if resumed and known_seq is not None else max(0, room.seq - TAIL)
    return Entrance(
        name=room.name,
        preset=power.rules.preset,
        title=catalog.card(room.title),
        role=role,
        can=power.rights(str(user_id), role),
        timeline=room.timeline.as_timeline(),
        events=_events_after(room_id, first, up_to=room.seq),
        seq=room.seq,
        resumed=resumed,
        power=power,
    )


def power(room_id: UUID, user_ids: Collection[UUID]) -> tuple[Power, dict[str, Role]]:
    """What decides who may do what, and the roles of ``user_ids``. Raises NotFound."""
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise NotFound("There is no such room.", code="no_such_room")
    found = _power_of(room)  # read before the roles: they may be ahead of its number, never behind
    roles = Membership.objects.filter(room=room_id, user__in=user_ids).values_list("user_id", "role")
    return found, {str(uid): Role(role) for uid, role in roles}


def _power_of(room: Room) -> Power:
    open_ones = RoomWish.objects.filter(room=room, state=WishState.OPEN).order_by("made_at")
    stand_in = str(room.stand_in) if room.stand_in else None
    return Power(room.power, room.rules, stand_in, tuple(row.as_wish() for row in open_ones))


def news(room_id: UUID, after_seq: int) -> News:
    """The timeline now and the events after ``after_seq``. Raises NotFound."""
    events = _events_after(room_id, after_seq)  # read first: the timeline may be ahead of the events, never behind
    row = RoomTimeline.objects.select_related("room").filter(room=room_id).first()
    if row is None:
        raise NotFound("There is no such room.", code="no_such_room")
    return News(row.as_timeline(), events, row.room.power)


def _events_after(room_id: UUID, seq: int, *, up_to: int | None = None) -> list[RoomEventData]:
    found = RoomEvent.objects.filter(room=room_id, seq__gt=seq)
    if up_to is not None:
        found = found.filter(seq__lte=up_to)
    return [event.as_data() for event in found.order_by("seq")[:REPLAY_MAX]]


def marks(room_ids: Collection[UUID]) -> dict[UUID, Mark]:
    """The newest revision and event number of each room, in one query."""
    found = Room.objects.filter(pk__in=room_ids).values_list("pk", "timeline__rev", "seq", "power")
    return {room_id: Mark(rev, seq, power) for room_id, rev, seq, power in found}
