"""Reactions: to what somebody said, and to the film where it was when people felt like it.

Invariant: one reaction per message, person and emoji. On the film only sums are kept, nobody's name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.domain import Person
from apps.common.errors import Forbidden, Invalid
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.domain.talk import Emoji, Given, Place, counted
from apps.rooms.models import FilmReaction, Membership, MessageReaction, Room, RoomTimeline
from apps.rooms.services.chat import find_message, is_done, leave_unchanged
from apps.rooms.services.history import record
from apps.rooms.services.standing import inside


@dataclass(frozen=True, slots=True)
class MessageTouch:
    """Person wants ``emoji`` on message ``seq`` to be there, or not."""

    cid: str
    seq: int
    emoji: Emoji
    is_on: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """``sums`` are in the room's history now; of ``refused`` people nothing was counted."""

    sums: dict[Place, int]
    refused: frozenset[UUID]


def react_to_message(*, room_id: UUID, person: Person, touch: MessageTouch) -> RoomEventData | None:
    """Put a reaction under a message or take one's own away; None when nothing changes. Raises Forbidden, NotFound."""
    with inside(room_id, person.id) as standing:
        if not standing.may(Permission.REACT):
            raise Forbidden("You may not react in this room.", code="not_allowed")
        if is_done(room_id, person, touch.cid):
            return None
        if find_message(room_id, touch.seq).is_removed:
            raise Invalid("This message was removed.")
        if not _set_reaction(room_id, person, touch):
            leave_unchanged(room_id, person, touch.cid)
            return None
        return record(
            room_id,
            EventKind.REACTED,
            by=person.id,
            name=person.name,
            cid=touch.cid,
            reply=touch.seq,
            data={"emoji": touch.emoji.value, "on": "yes" if touch.is_on else "no"},
        )


def _set_reaction(room_id: UUID, person: Person, touch: MessageTouch) -> bool:
    """Whether it was otherwise before. Call with the room held."""
    row: dict[str, Any] = {"room_id": room_id, "seq": touch.seq, "by": person.id, "emoji": touch.emoji}
    if touch.is_on:
        return bool(MessageReaction.objects.get_or_create(**row)[1])
    removed, _ = MessageReaction.objects.filter(**row).delete()
    return bool(removed)


def keep_film_reactions(*, room_id: UUID, item: str, given: Given) -> Kept:
    """Count what people sent about ``item`` in the last second, all of it in one transaction.

    A closed room counts nothing, and nothing counts on a film that is not on any more.
    """
    people = {person for person, _ in given}
    with transaction.atomic():
        room = Room.objects.hold(room_id)
        if room is None or room.closed_at:
            return Kept({}, frozenset())
        timeline = RoomTimeline.objects.get(room=room_id)
        if str(timeline.item) != item:
            return Kept({}, frozenset())
        admitted = _who_may_react(room_id, people)
        sums = counted(given, admitted, duration_ms=timeline.duration_ms)
        FilmReaction.objects.add(room_id, timeline.item, sums)
    return Kept(sums, frozenset(people) - admitted)


def _who_may_react(room_id: UUID, people: Iterable[UUID]) -> frozenset[UUID]:
    here = Membership.objects.select_related("room").filter(room=room_id, user__in=people, removed_at=None)
    return frozenset(membership.user_id for membership in here if membership.may(Permission.REACT))
