"""What changes a room's timeline: commands of its people, and what the room does by itself.

Invariants: a change, the event that tells of it and what became of its command are one transaction, in which what the
person may do is still true; the same ``cid`` of the same person has one outcome, however often it arrives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction

from apps.accounts.domain import Person
from apps.common.errors import Conflict, Forbidden, Invalid
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain import waiting
from apps.rooms.domain.events import KIND_OF_CAUSE, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.domain.playback import Command, Decision, Op, Outcome, Timeline, apply_command, position_at, rest
from apps.rooms.models import Membership, Room, RoomCommand, RoomTimeline
from apps.rooms.services.arriving import require_arrived
from apps.rooms.services.history import record, wake
from apps.rooms.services.standing import inside

PERMISSION_OF = {
    Op.PLAY: Permission.PLAY_PAUSE,
    Op.PAUSE: Permission.PLAY_PAUSE,
    Op.SEEK: Permission.SEEK,
    Op.RATE: Permission.RATE,
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
    """``event`` is None for a change that is no line of the room's history."""

    timeline: Timeline
    event: RoomEventData | None


def command(*, room_id: UUID, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
    """Change the timeline.

    Raises Forbidden without the right, Invalid for a command that makes no sense, Conflict for a seek to where the film
    has not arrived.
    """
    with inside(room_id, person.id) as standing:
        before = RoomTimeline.objects.get(room=room_id).as_timeline()
        known = RoomCommand.objects.filter(room=room_id, by=person.id, cid=cid).first()
        if known is not None:
            return CommandResult(Outcome(known.outcome), before)
        if not _may(standing, wanted.op, before):
            raise Forbidden("The host drives in this room.", code="not_allowed")
        if wanted.op is Op.SEEK and wanted.position_s is not None:
            require_arrived(UUID(before.item), wanted.position_s)
        decision = apply_command(before, wanted, now_ms=room_clock.now_ms(), lead_ms=lead_ms)
        if decision.outcome is Outcome.REFUSED:
            raise Invalid(decision.reason)
        RoomCommand.objects.create(room_id=room_id, by=person.id, cid=cid, outcome=decision.outcome)
        return _carry_out(room_id, before, decision, person, cid)


def _may(standing: Membership, op: Op, timeline: Timeline) -> bool:
    """While the room waits for somebody, play means to go on without them."""
    is_skip = op is Op.PLAY and timeline.wait is not None
    return standing.may(PERMISSION_OF[op]) or (is_skip and standing.may(Permission.SKIP_WAIT))


def _carry_out(room_id: UUID, before: Timeline, decision: Decision, person: Person, cid: str) -> CommandResult:
    if decision.outcome is not Outcome.APPLIED:
        return CommandResult(decision.outcome, before, reason=decision.reason)
    after = decision.timeline
    _put(room_id, before, after)
    position_s = position_at(after, after.at_ms) / 1000
    event = record(
        room_id,
        KIND_OF_CAUSE[after.cause],
        by=person.id,
        name=person.name,
        cid=cid,
        position_s=position_s,
        rev=after.rev,
    )
    return CommandResult(Outcome.APPLIED, after, event)


def _put(room_id: UUID, before: Timeline, after: Timeline) -> None:
    """Raises Conflict: who does not hold the room changed the timeline meanwhile."""
    if not RoomTimeline.objects.move(room_id, base=before.rev, after=after):
        raise Conflict("The room changed at the same moment. Try again.")


# --- what the room does itself ---------------------------------------------------------------------------------
def rest_room(*, room_id: UUID, left_at_ms: float) -> RoomChange | None:
    """Pause a room that everybody left, so that they find the film where they left it. Harmless when repeated."""
    return change_by_itself(room_id, partial(rest, left_at_ms=left_at_ms))


def change_by_itself(room_id: UUID, change: Callable[[Timeline], Timeline | None]) -> RoomChange | None:
    """What nobody commanded: the timeline that ``change`` makes of the one before; None when it makes none."""
    with transaction.atomic():
        if Room.objects.hold(room_id) is None:
            return None
        before = RoomTimeline.objects.get(room=room_id).as_timeline()
        after = change(before)
        if after is None:
            return None
        _put(room_id, before, after)
        event = _record(room_id, after) if waiting.is_history(before, after) else None
        wake(room_id)
    return RoomChange(after, event)


def _record(room_id: UUID, after: Timeline) -> RoomEventData:
    late = after.wait.waiting_for if after.wait else ()
    return record(
        room_id,
        KIND_OF_CAUSE[after.cause],
        by=None,
        name="",
        position_s=position_at(after, after.at_ms) / 1000,
        rev=after.rev,
        uid=UUID(late[0]) if late else None,
        data={"why": after.wait.why.value} if after.wait else {},
    )
