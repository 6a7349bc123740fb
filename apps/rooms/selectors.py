"""Reads of rooms, for screens and for sockets. A room exists for its members only; for all others it is not there."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.catalog import selectors as catalog
from apps.catalog.domain.titles import Availability
from apps.common.errors import Forbidden, NotFound
from apps.rooms.adapters import secrets
from apps.rooms.domain.events import CHANGES_OF_MESSAGES, EventKind, RoomEventData
from apps.rooms.domain.members import Permission, Preset, Role, acting_role, permissions
from apps.rooms.domain.playback import Timeline, position_at
from apps.rooms.domain.polls import PollState
from apps.rooms.domain.queue import Entry, in_order
from apps.rooms.domain.rules import RoomRules
from apps.rooms.domain.schedule import Party
from apps.rooms.domain.wishes import Wish, WishState
from apps.rooms.models import (
    FilmReaction,
    Invite,
    Membership,
    MessageReaction,
    Poll,
    QueueEntry,
    Room,
    RoomEvent,
    RoomTimeline,
    RoomWish,
)

REPLAY_MAX = 500  # more missed events than this: a fresh tail instead
TAIL = 100
WATCHABLE = (Availability.READY, Availability.PLAYABLE)
FILMS_SHOWN = 20
FILMS_SEARCHED = 100  # among the hits are films that nobody can watch yet
FILM_REACTIONS_MAX = 5_000  # places on one film, those with most reactions first


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
    board: "Board"
    starts_at: datetime | None
    power: Power


@dataclass(frozen=True, slots=True)
class Board:
    """What a room watches, and may watch next. It holds all that happened up to event ``rev``, at least.

    ``titles`` has the card of every film of it by id. ``next_rev``, ``next_at_ms``: the first one of the queue begins
    at this room time unless the timeline has moved on from that revision.
    """

    rev: int
    title: str
    entries: list[Entry]
    titles: dict[str, dict[str, Any]]
    next_rev: int | None
    next_at_ms: int | None
    poll: PollState | None


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


def is_watching(room_id: UUID, user_id: UUID, title_id: UUID) -> bool:
    """Whether this is the film of an open room that this person is in."""
    here = Membership.objects.filter(room=room_id, user=user_id, removed_at=None)
    return here.filter(room__closed_at=None, room__title=title_id).exists()


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
        "starts_at": found.starts_at,
    }


def past_rooms(user_id: UUID) -> QuerySet[Room]:
    """Rooms of a person that are over, or rest in the middle of a film."""
    rests = Q(timeline__playing=False, timeline__position_ms__gt=0)
    found: QuerySet[Room] = Room.objects.filter(~Q(closed_at=None) | rests).of_member(user_id).for_lists()
    return found.select_related("timeline").prefetch_related("memberships__user")


def past_card(found: Any) -> dict[str, Any]:
    """What was watched, with whom, and where it stopped."""
    ended_ms = (found.closed_at or timezone.now()).timestamp() * 1000
    timeline = found.timeline.as_timeline()
    return {
        "id": found.pk,
        "name": found.name,
        "title": catalog.card(found.title),
        "people": [row.user.name for row in found.memberships.all() if row.removed_at is None],
        "position_s": position_at(timeline, ended_ms) / 1000,
        "duration_s": timeline.duration_ms / 1000,
        "is_open": found.closed_at is None,
        "created_at": found.created_at,
        "closed_at": found.closed_at,
    }


def party(room_id: UUID, *, link: str) -> Party:
    """What calendars and letters say of a planned party. Raises NotFound when there is no plan."""
    found = Room.objects.select_related("title", "owner", "timeline").filter(pk=room_id).exclude(starts_at=None).first()
    if found is None or found.starts_at is None:
        raise NotFound("This party has no time yet.", code="no_plan")
    return Party(
        room=str(found.pk),
        name=found.name,
        film=found.title.name,
        host=found.owner.name,
        starts_at=found.starts_at,
        duration_s=found.timeline.duration_ms / 1000,
        link=link,
        sequence=found.plan_no + (found.closed_at is not None),
        stamp=timezone.now(),
        is_cancelled=found.closed_at is not None,
    )


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
    return Entrance(
        name=room.name,
        preset=power.rules.preset,
        title=catalog.card(room.title),
        role=role,
        can=power.rights(str(user_id), role),
        timeline=room.timeline.as_timeline(),
        events=_events_after(room_id, known_seq, up_to=room.seq) if resumed and known_seq is not None else tail(room),
        seq=room.seq,
        resumed=resumed,
        board=_board_of(room),
        starts_at=room.starts_at,
        power=power,
    )


def board(room_id: UUID) -> Board:
    """Raises NotFound."""
    # Read first: the queue may be ahead of ``rev``, never behind.
    room = Room.objects.select_related("title").filter(pk=room_id).first()
    if room is None:
        raise NotFound("There is no such room.", code="no_such_room")
    return _board_of(room)


def _board_of(room: Room) -> Board:
    rows = QueueEntry.objects.filter(room=room).prefetch_related("votes")
    entries = in_order(row.as_entry() for row in rows)
    poll = Poll.objects.filter(room=room).prefetch_related("votes").first()
    asked = poll.as_state() if poll else None
    wanted = {UUID(title) for title in [*(entry.title for entry in entries), *(asked.choices if asked else ())]}
    others = wanted - {room.title_id}
    shown = {room.title_id: room.title, **(catalog.titles(others) if others else {})}
    return Board(
        rev=room.seq,
        title=str(room.title_id),
        entries=entries,
        titles={str(title_id): catalog.card(title) for title_id, title in shown.items()},
        next_rev=room.next_rev,
        next_at_ms=room.next_at_ms,
        poll=asked,
    )


def films(room_id: UUID, user_id: UUID, query: str) -> list[dict[str, Any]]:
    """Cards of films that the room can watch: those that ``query`` finds, or the newest. Raises NotFound."""
    membership(room_id, user_id)
    if not query.strip():
        return [catalog.card(title) for title in catalog.with_availability(*WATCHABLE, limit=FILMS_SHOWN)]
    found = [title for title in catalog.search(query, FILMS_SEARCHED) if title.availability in WATCHABLE]
    return [catalog.card(title) for title in found[:FILMS_SHOWN]]


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


def tail(room: Room) -> list[RoomEventData]:
    """The newest of a room for somebody who comes in: messages as they stand now, without the way they got there."""
    found = RoomEvent.objects.filter(room=room.pk, seq__lte=room.seq).exclude(kind__in=CHANGES_OF_MESSAGES)
    events = [event.as_data() for event in reversed(found.order_by("-seq")[:TAIL])]
    reactions = _reactions_to(room.pk, [event.seq for event in events if event.kind is EventKind.CHAT])
    return [replace(event, data=event.data | reactions.get(event.seq, {})) for event in events]


def _reactions_to(room_id: UUID, seqs: Collection[int]) -> dict[int, dict[str, str]]:
    """By message and emoji the people who feel so, as ids with spaces between them."""
    people: dict[int, dict[str, list[str]]] = {}
    for row in MessageReaction.objects.filter(room=room_id, seq__in=seqs).order_by("id"):
        people.setdefault(row.seq, {}).setdefault(row.emoji, []).append(str(row.by))
    return {seq: {emoji: " ".join(ids) for emoji, ids in of_message.items()} for seq, of_message in people.items()}


def film_reactions(room_id: UUID, user_id: UUID) -> dict[str, Any]:
    """The FilmReactions shape: how often people of the room felt what in each second of its film. Raises NotFound."""
    membership(room_id, user_id)
    item = RoomTimeline.objects.values_list("item", flat=True).get(room=room_id)
    rows = FilmReaction.objects.filter(room=room_id, item=item).order_by("-count", "second")[:FILM_REACTIONS_MAX]
    return {"item": item, "reactions": [{"e": row.emoji, "mt": row.second, "n": row.count} for row in rows]}


def marks(room_ids: Collection[UUID]) -> dict[UUID, Mark]:
    """The newest revision and event number of each room, in one query."""
    found = Room.objects.filter(pk__in=room_ids).values_list("pk", "timeline__rev", "seq", "power")
    return {room_id: Mark(rev, seq, power) for room_id, rev, seq, power in found}
