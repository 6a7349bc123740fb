"""The hot path of rooms, for sockets: enter, command, talk, and read what is new.

Invariants: a command is one transaction that moves the timeline by its revision and writes the event that tells of it;
the same ``cid`` of the same person has one effect, however often it arrives.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from channels.db import database_sync_to_async
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from apps.accounts.domain import Person
from apps.catalog import selectors as catalog
from apps.common.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from apps.rooms import services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain import waiting
from apps.rooms.domain.events import KIND_OF_CAUSE, EventKind, RoomEventData
from apps.rooms.domain.members import Permission, Preset, Role, can, permissions
from apps.rooms.domain.playback import Command, Op, Outcome, Timeline, apply_command, position_at, rest
from apps.rooms.models import Membership, Room, RoomEvent, RoomTimeline
from apps.rooms.services.history import record, wake

REPLAY_MAX = 500  # more missed events than this: a fresh tail instead
TAIL = 100
MOVE_TRIES = 20

PERMISSION_OF = {
    Op.PLAY: Permission.PLAY_PAUSE,
    Op.PAUSE: Permission.PLAY_PAUSE,
    Op.SEEK: Permission.SEEK,
    Op.RATE: Permission.RATE,
}
Answer = TypeVar("Answer")


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


@dataclass(frozen=True, slots=True)
class CommandResult:
    """``event`` is None when nothing changed, or when this command had its effect before."""

    outcome: Outcome
    timeline: Timeline
    event: RoomEventData | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoomChange:
    timeline: Timeline
    event: RoomEventData


@dataclass(frozen=True, slots=True)
class News:
    timeline: Timeline
    events: list[RoomEventData]


@dataclass(frozen=True, slots=True)
class Mark:
    rev: int
    seq: int


async def _in_database(work: Callable[[], Answer]) -> Answer:
    """Run ``work`` on a thread of its own connection. Raises Unavailable when the database does not answer."""
    try:
        return await database_sync_to_async(work, thread_sensitive=False)()
    except (OperationalError, InterfaceError):
        raise Unavailable("The server's database does not answer. Try again in a moment.") from None


# --- room time -------------------------------------------------------------------------------------------------
def now_ms() -> float:
    """Room time, without waiting for anything."""
    return room_clock.now_ms()


async def probe_clock() -> None:
    """Compare this process's clock with the database's. Raises Unavailable; the old estimate stays."""
    await _in_database(room_clock.probe)


async def ready_clock() -> None:
    """Make sure that ``now_ms`` is room time."""
    if not room_clock.is_usable:
        await probe_clock()


# --- entering and catching up ----------------------------------------------------------------------------------
async def enter(*, room_id: UUID, person: Person, known_seq: int | None) -> Entrance:
    """Raises NotFound for a room that is not there or closed, Forbidden for a stranger or a removed person."""
    return await _in_database(partial(_enter, room_id, person, known_seq))


def _enter(room_id: UUID, person: Person, known_seq: int | None) -> Entrance:
    room = Room.objects.open().select_related("title", "timeline").filter(pk=room_id).first()
    if room is None:
        raise NotFound("There is no such room.", code="no_such_room")
    role = _standing(room_id, person.id).role
    resumed = known_seq is not None and 0 <= room.seq - known_seq <= REPLAY_MAX
    first = known_seq if resumed and known_seq is not None else max(0, room.seq - TAIL)
    return Entrance(
        name=room.name,
        preset=Preset(room.preset),
        title=catalog.card(room.title),
        role=Role(role),
        can=permissions(Preset(room.preset), Role(role)),
        timeline=room.timeline.as_timeline(),
        events=_events_after(room_id, first, up_to=room.seq),
        seq=room.seq,
        resumed=resumed,
    )


def _events_after(room_id: UUID, seq: int, *, up_to: int | None = None) -> list[RoomEventData]:
    found = RoomEvent.objects.filter(room=room_id, seq__gt=seq)
    if up_to is not None:
        found = found.filter(seq__lte=up_to)
    return [event.as_data() for event in found.order_by("seq")[:REPLAY_MAX]]


def _standing(room_id: UUID, user_id: UUID) -> Membership:
    found = Membership.objects.select_related("room").filter(room=room_id, user=user_id).first()
    if found is None or found.removed_at:
        raise Forbidden("You are not in this room. Ask for an invite.", code="not_in_room")
    if found.room.closed_at:
        raise NotFound("This room is closed.", code="no_such_room")
    return found


async def news(*, room_id: UUID, after_seq: int) -> News:
    """The timeline now and the events after ``after_seq``, for a process that may have missed some."""
    return await _in_database(partial(_news, room_id, after_seq))


def _news(room_id: UUID, after_seq: int) -> News:
    events = _events_after(room_id, after_seq)  # read first: the timeline may be ahead of the events, never behind
    row = RoomTimeline.objects.filter(room=room_id).first()
    if row is None:
        raise NotFound("There is no such room.", code="no_such_room")
    return News(row.as_timeline(), events)


async def marks(room_ids: Collection[UUID]) -> dict[UUID, Mark]:
    """The newest revision and event number of each room, in one query."""
    return await _in_database(partial(_marks, list(room_ids)))


def _marks(room_ids: list[UUID]) -> dict[UUID, Mark]:
    found = Room.objects.filter(pk__in=room_ids).values_list("pk", "timeline__rev", "seq")
    return {room_id: Mark(rev, seq) for room_id, rev, seq in found}


# --- commands --------------------------------------------------------------------------------------------------
async def command(*, room_id: UUID, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
    """Change the timeline. Raises Forbidden without the right, Invalid for a command that makes no sense."""
    return await _in_database(partial(_once, partial(_command, room_id, person, cid, wanted, lead_ms)))


def _command(room_id: UUID, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
    standing = _standing(room_id, person.id)
    if _has_happened(room_id, person.id, cid):
        return CommandResult(Outcome.UNCHANGED, RoomTimeline.objects.get(room=room_id).as_timeline())
    if not can(Preset(standing.room.preset), Role(standing.role), PERMISSION_OF[wanted.op]):
        raise Forbidden("The host drives in this room.", code="not_allowed")
    for _ in range(MOVE_TRIES):
        before = RoomTimeline.objects.get(room=room_id).as_timeline()
        decision = apply_command(before, wanted, now_ms=now_ms(), lead_ms=lead_ms)
        if decision.outcome is Outcome.REFUSED:
            raise Invalid(decision.reason)
        if decision.outcome is not Outcome.APPLIED:
            return CommandResult(decision.outcome, before, reason=decision.reason)
        event = _move(room_id, before, decision.timeline, person, cid)
        if event is not None:
            return CommandResult(Outcome.APPLIED, decision.timeline, event)
    raise Conflict("Too many people changed the film at once. Try again.")


def _move(room_id: UUID, before: Timeline, after: Timeline, person: Person, cid: str) -> RoomEventData | None:
    """None when the room moved on since ``before`` was read."""
    with transaction.atomic():
        if not RoomTimeline.objects.move(room_id, base=before.rev, after=after):
            return None
        return record(
            room_id,
            KIND_OF_CAUSE[after.cause],
            by=person.id,
            name=person.name,
            cid=cid,
            position_s=position_at(after, after.at_ms) / 1000,
            rev=after.rev,
        )


# --- changes that the room makes itself ---
async def rest_room(*, room_id: UUID, left_at_ms: float) -> None:
    """Pause a room that everybody left, so that they find the film where they left it. Harmless when repeated."""
    await _in_database(partial(_change, room_id, partial(rest, left_at_ms=left_at_ms)))


async def begin_wait(*, room_id: UUID, uid: str, lead_ms: int) -> RoomChange | None:
    """Stand still for ``uid``. None when the room does not play, or somebody else was faster."""
    change = partial(waiting.begin_wait, bid=uuid4().hex, uid=uid, now_ms=now_ms(), lead_ms=lead_ms)
    return await _in_database(partial(_change, room_id, change, uid=UUID(uid)))


async def end_wait(*, room_id: UUID, bid: str, lead_ms: int) -> RoomChange | None:
    """Go on after wait ``bid``. None when it is over already."""
    change = partial(waiting.end_wait, bid=bid, now_ms=now_ms(), lead_ms=lead_ms)
    return await _in_database(partial(_change, room_id, change))


async def look_ahead(*, room_id: UUID, timeline: Timeline, heights: Collection[int]) -> None:
    """See to it that what the room plays next is made in time, and that its film stays on the disk."""
    await _in_database(partial(services.look_ahead, room_id, position_at(timeline, now_ms()) / 1000, heights))


def _change(room_id: UUID, change: Callable[[Timeline], Timeline | None], uid: UUID | None = None) -> RoomChange | None:
    row = RoomTimeline.objects.filter(room=room_id).first()
    before = row.as_timeline() if row else None
    after = change(before) if before else None
    if before is None or after is None:
        return None
    with transaction.atomic():
        if not RoomTimeline.objects.move(room_id, base=before.rev, after=after):
            return None
        kind, position_s = KIND_OF_CAUSE[after.cause], position_at(after, after.at_ms) / 1000
        event = record(room_id, kind, by=None, name="", position_s=position_s, rev=after.rev, uid=uid)
        wake(room_id)
    return RoomChange(after, event)


def _has_happened(room_id: UUID, user_id: UUID, cid: str) -> bool:
    return RoomEvent.objects.filter(room=room_id, by=user_id, cid=cid).exists()


def _once(work: Callable[[], Answer]) -> Answer:
    """Two copies of one command at the same moment: the unique index lets one in, the other finds that it happened."""
    try:
        return work()
    except IntegrityError:
        return work()


# --- people ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Message:
    cid: str
    text: str
    position_s: float
    reply: int | None


async def say(*, room_id: UUID, person: Person, message: Message) -> RoomEventData | None:
    """Keep a chat message; None when this ``cid`` was said before. Raises Forbidden."""
    return await _in_database(partial(_once, partial(_say, room_id, person, message)))


def _say(room_id: UUID, person: Person, message: Message) -> RoomEventData | None:
    standing = _standing(room_id, person.id)
    if not can(Preset(standing.room.preset), Role(standing.role), Permission.CHAT):
        raise Forbidden("You may not chat in this room.", code="not_allowed")
    if _has_happened(room_id, person.id, message.cid):
        return None
    with transaction.atomic():
        return record(
            room_id,
            EventKind.CHAT,
            by=person.id,
            name=person.name,
            cid=message.cid,
            text=message.text.strip(),
            position_s=message.position_s,
            reply=message.reply,
        )


async def kick(*, room_id: UUID, person: Person, user_id: UUID) -> RoomEventData:
    """Remove somebody. Raises NotFound, Forbidden."""
    return await _in_database(partial(services.kick, room_id=room_id, by=person.id, user_id=user_id))
