"""What changes a room's timeline: commands of its people, and what the room does by itself.

Invariants: a change, the event that tells of it and what became of its command are one transaction, in which what the
person may do is still true; the same ``cid`` of the same person has one outcome, however often it arrives.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from django.db import transaction

from apps.accounts.domain import Person
from apps.common.errors import Conflict, Forbidden, Invalid
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command, Decision, Jump, Op, Outcome, apply_command, undo_to
from apps.rooms.domain.events import KIND_OF_CAUSE, EventKind, RoomEventData, kind_of_command
from apps.rooms.domain.members import Permission, Preset
from apps.rooms.domain.playback import Cause, Timeline, position_at, rest
from apps.rooms.domain.wishes import WishKind, needs_vote
from apps.rooms.models import Membership, Room, RoomCommand, RoomEvent, RoomTimeline
from apps.rooms.services import films
from apps.rooms.services.arriving import require_arrived
from apps.rooms.services.history import record, wake
from apps.rooms.services.queue import put_back, take_out
from apps.rooms.services.standing import inside
from apps.rooms.services.wishes import open_wish

PERMISSION_OF = {
    Op.PLAY: Permission.PLAY_PAUSE,
    Op.PAUSE: Permission.PLAY_PAUSE,
    Op.SEEK: Permission.SEEK,
    Op.RATE: Permission.RATE,
    Op.ITEM: Permission.ITEM,
    Op.UNDO: Permission.SEEK,
}


@dataclass(frozen=True, slots=True)
class CommandResult:
    """``event`` is None when nothing changed, or when this command had its outcome before."""

    outcome: Outcome
    timeline: Timeline
    event: RoomEventData | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoomChange:
    timeline: Timeline
    event: RoomEventData


@dataclass(frozen=True, slots=True)
class Move:
    """``told`` is what an event of it has to tell beside the rest."""

    before: Timeline
    after: Timeline
    told: dict[str, str]


def command(*, room_id: UUID, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
    """Change the timeline, or open the vote that does.

    Raises Forbidden without the right, Invalid for a command that makes no sense, Conflict for a seek to where the film
    has not arrived, or when another vote is open.
    """
    with inside(room_id, person.id) as standing:
        before = RoomTimeline.objects.get(room=room_id).as_timeline()
        known = RoomCommand.objects.filter(room=room_id, by=person.id, cid=cid).first()
        if known is not None:
            return CommandResult(Outcome(known.outcome), before)
        wanted = take_back(room_id, wanted)
        if not _may(standing, wanted, before):
            raise Forbidden("The host drives in this room.", code="not_allowed")
        wanted = films.complete(room_id, wanted)
        decision = decide(before, wanted, lead_ms)
        is_voted = needs_vote(Preset(standing.room.preset), wanted.op, is_waiting=before.wait is not None)
        if is_voted and decision.outcome is Outcome.APPLIED:
            event = open_wish(room_id, WishKind.VOTE, wanted=wanted, name=person.name, cid=cid)
            decision = replace(decision, outcome=Outcome.PROPOSED)
            _note_outcome(room_id, wanted, cid, decision)
            return CommandResult(Outcome.PROPOSED, before, event)
        return carry_out(room_id, before, decision, wanted, name=person.name, cid=cid)


def _may(standing: Membership, wanted: Command, timeline: Timeline) -> bool:
    """While the room waits for somebody, play means to go on without them."""
    goes_on = wanted.op is Op.PLAY and timeline.wait is not None
    return standing.may(PERMISSION_OF[wanted.about]) or (goes_on and standing.may(Permission.SKIP_WAIT))


def decide(before: Timeline, wanted: Command, lead_ms: int) -> Decision:
    """What the command comes to now. Raises Invalid for one that makes no sense, Conflict for a seek to where the film
    has not arrived.
    """
    if wanted.op is Op.SEEK and wanted.position_s is not None:
        require_arrived(UUID(before.item), wanted.position_s)
    decision = apply_command(before, wanted, now_ms=room_clock.now_ms(), lead_ms=lead_ms)
    if decision.outcome is Outcome.REFUSED:
        raise Invalid(decision.reason)
    return decision


def take_back(room_id: UUID, wanted: Command) -> Command:
    """An undo with what the room knows and its sender does not: where the jump began, and in which film.

    A jump within a film that is not on any more is none, neither is the next film that came by itself, and a step to
    another film that its sender had not seen is not theirs to take back.
    """
    if wanted.op is not Op.UNDO:
        return wanted
    jumps = RoomEvent.objects.filter(room=room_id, kind__in=[EventKind.SEEKED, EventKind.UNDONE, EventKind.SWITCHED])
    last = jumps.order_by("-seq").first()
    jump = None
    is_unseen = last is not None and last.kind == EventKind.SWITCHED and (last.rev or 0) > wanted.base
    if last is not None and "from_ms" in last.data and not is_unseen:
        jump = Jump(float(last.data["from_ms"]), float(last.data["at_ms"]), last.data.get("from"))
    to_s = undo_to(jump, room_clock.now_ms())
    return replace(wanted, position_s=to_s, item=jump.item if jump and to_s is not None else None)


def carry_out(
    room_id: UUID, before: Timeline, decision: Decision, wanted: Command, *, name: str, cid: str
) -> CommandResult:
    """Do what was decided, on behalf of whoever wanted it. Call inside the transaction that holds the room."""
    _note_outcome(room_id, wanted, cid, decision)
    if decision.outcome is not Outcome.APPLIED:
        return CommandResult(decision.outcome, before, reason=decision.reason)
    after = decision.timeline
    told = _put(room_id, before, after)
    if wanted.op is Op.UNDO and after.item != before.item:
        _forget_visit(room_id, UUID(before.item))
    event = record(
        room_id,
        kind_of_command(wanted.op, after),
        by=UUID(wanted.by),
        name=name,
        cid=cid,
        position_s=position_at(after, after.at_ms) / 1000,
        rev=after.rev,
        data=told | (_jump_data(before, after) if wanted.op in {Op.SEEK, Op.ITEM} else {}),
    )
    return CommandResult(Outcome.APPLIED, after, event)


def _forget_visit(room_id: UUID, title_id: UUID) -> None:
    """The film that the room was in by a slip begins another time where it began now, and is queued as it was."""
    visit = RoomEvent.objects.filter(room=room_id, kind=EventKind.SWITCHED).order_by("-seq").first()
    if visit is not None:
        films.keep_place(room_id, title_id, round((visit.position_s or 0) * 1000))
        put_back(room_id, title_id, visit.data)


def _note_outcome(room_id: UUID, wanted: Command, cid: str, decision: Decision) -> None:
    """A vote that passed makes an outcome of a proposal."""
    given = {"outcome": decision.outcome}
    RoomCommand.objects.update_or_create(room_id=room_id, by=UUID(wanted.by), cid=cid, defaults=given)


def _jump_data(before: Timeline, after: Timeline) -> dict[str, str]:
    """Where a jump began and when it was made, in room time: what taking it back needs."""
    jump = {"from_ms": str(round(position_at(before, after.made_ms))), "at_ms": str(after.made_ms)}
    return jump | ({"from": before.item, "from_title": films.name_of(before.item)} if after.item != before.item else {})


def _put(room_id: UUID, before: Timeline, after: Timeline) -> dict[str, str]:
    """What else the event has to tell. Raises Conflict: who does not hold the room changed the timeline meanwhile."""
    if not RoomTimeline.objects.move(room_id, base=before.rev, after=after):
        raise Conflict("The room changed at the same moment. Try again.")
    if after.cause is Cause.RATE:  # at the end of the film it is the same end: what was offered there holds
        Room.objects.filter(pk=room_id, next_rev=before.rev).update(next_rev=after.rev)
    if after.item == before.item:
        return {}
    return films.follow(room_id, before, after) | take_out(room_id, UUID(after.item))


# --- what the room does itself ---------------------------------------------------------------------------------
def rest_room(*, room_id: UUID, left_at_ms: float) -> RoomChange | None:
    """Pause a room that everybody left, so that they find the film where they left it. Harmless when repeated."""
    return change_by_itself(room_id, partial(rest, left_at_ms=left_at_ms))


def change_by_itself(room_id: UUID, change: Callable[[Timeline], Timeline | None]) -> RoomChange | None:
    """Put what ``change`` makes of the timeline in its place; None when it makes nothing of it, or of a closed room."""
    with transaction.atomic():
        move = move_by_itself(room_id, change)
        return RoomChange(move.after, tell_move(room_id, move)) if move is not None else None


def move_by_itself(room_id: UUID, change: Callable[[Timeline], Timeline | None]) -> Move | None:
    """The same without a line in the history. Call inside a transaction."""
    room = Room.objects.hold(room_id)
    if room is None or room.closed_at:
        return None
    before = RoomTimeline.objects.get(room=room_id).as_timeline()
    after = change(before)
    if after is None:
        return None
    told = _put(room_id, before, after)
    wake(room_id)
    return Move(before, after, told)


def tell_move(room_id: UUID, move: Move) -> RoomEventData:
    """The line in the history; a wait says why, and for whom first. Call in the transaction of the move."""
    after = move.after
    late = after.wait.waiting_for if after.wait else ()
    return record(
        room_id,
        KIND_OF_CAUSE[after.cause],
        by=None,
        name="",
        position_s=position_at(after, after.at_ms) / 1000,
        rev=after.rev,
        uid=UUID(late[0]) if late else None,
        data={**move.told, "why": after.wait.why.value} if after.wait else move.told,
    )
