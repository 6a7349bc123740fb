"""Asking the hosts and voting.

Invariant: what was agreed to is carried out once, in the transaction that keeps the answer.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from apps.accounts.domain import Person
from apps.common.errors import Conflict, DomainError, Forbidden, NotFound
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command, Outcome
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.members import Permission, Preset
from apps.rooms.domain.wishes import WishKind, WishState, is_so_already, may_ask, tally
from apps.rooms.models import Membership, Room, RoomTimeline, RoomWish
from apps.rooms.services import films
from apps.rooms.services.history import record, wake
from apps.rooms.services.standing import inside
from apps.rooms.services.timeline import PERMISSION_OF, carry_out, decide, take_back
from apps.rooms.services.wishes import close_wish, open_wish, withdraw_wishes


def ask(*, room_id: UUID, person: Person, cid: str, wanted: Command) -> None:
    """Ask the hosts for a command; again with the same ``cid`` is fine, and a new ask takes the place of the last.

    What is so already is not asked; it takes back what the person asked of the same kind.

    Raises Forbidden where nobody can be asked, Conflict for whoever may do it alone, Invalid.
    """
    with inside(room_id, person.id) as standing:
        if RoomWish.objects.filter(room=room_id, by=person.id, cid=cid).exists():
            return
        wanted = take_back(room_id, wanted)
        if standing.may(PERMISSION_OF[wanted.about]):
            raise Conflict("You need not ask: you may do this yourself.", code="may_already")
        if not may_ask(Preset(standing.room.preset)):
            raise Forbidden("In this room the hosts cannot be asked.", code="not_allowed")
        wanted = films.complete(room_id, wanted)
        decision = decide(RoomTimeline.objects.get(room=room_id).as_timeline(), wanted, 0)
        if is_so_already(decision, wanted):  # granted later it would do what nobody asked for
            withdraw_wishes(room_id, like=wanted)
            return
        open_wish(room_id, WishKind.ASK, wanted=wanted, name=person.name, cid=cid)


def grant(*, room_id: UUID, person: Person, wish_id: UUID, ok: bool, lead_ms: int) -> None:
    """A host's answer; with a yes the command is carried out for whoever asked. After the first answer: nothing.

    Raises Forbidden, NotFound, Conflict for an ask that is too old.
    """
    with inside(room_id, person.id) as standing:
        if not standing.may(Permission.GRANT):
            raise Forbidden("Only hosts answer people who ask.", code="not_allowed")
        row = _wish(room_id, wish_id, WishKind.ASK)
        if row.state != WishState.OPEN:
            return
        if room_clock.now_ms() >= row.until_ms:
            raise Conflict("This was asked too long ago.", code="too_late")
        _end(room_id, row, WishState.GRANTED if ok else WishState.DECLINED, lead_ms, by=person)


def vote(*, room_id: UUID, person: Person, wish_id: UUID, ok: bool) -> None:
    """One person's yes or no; the last one counts. Raises Forbidden, NotFound, Conflict when the vote is over."""
    with inside(room_id, person.id) as standing:
        row = _wish(room_id, wish_id, WishKind.VOTE)
        if not standing.may(PERMISSION_OF[row.as_wish().wanted.about]):
            raise Forbidden("You have no vote in this room.", code="not_allowed")
        if row.state != WishState.OPEN or room_clock.now_ms() >= row.until_ms:
            raise Conflict("This vote is over.", code="too_late")
        RoomWish.objects.filter(pk=row.pk).update(ballots={**row.ballots, str(person.id): ok})
        Room.objects.note_power(room_id)
        wake(room_id)


def settle_vote(*, room_id: UUID, wish_id: UUID, present: Collection[str], lead_ms: int) -> bool:
    """Count among the people present, and do what most of them want. False while it is open, or when it was over."""
    with transaction.atomic():
        room = Room.objects.hold(room_id)
        row = RoomWish.objects.filter(pk=wish_id, room=room_id, state=WishState.OPEN).first()
        if room is None or room.closed_at or row is None:
            return False
        state = tally(row.as_wish(), present, room_clock.now_ms())
        if state is WishState.OPEN:
            return False
        _end(room_id, row, state, lead_ms)
    return True


def _end(room_id: UUID, row: RoomWish, state: WishState, lead_ms: int, by: Person | None = None) -> None:
    """Close the wish with what came of it; whoever left the room meanwhile gets nothing.

    What was agreed to and cannot be done any more is declined by the room itself.
    """
    if not Membership.objects.filter(room=room_id, user=row.by, removed_at=None).exists():
        close_wish(room_id, row, WishState.WITHDRAWN)
    elif state is not WishState.GRANTED:
        _decline(room_id, row, by)
    elif not _is_granted(room_id, row, lead_ms):
        _decline(room_id, row, None)


def _is_granted(room_id: UUID, row: RoomWish, lead_ms: int) -> bool:
    """Close the wish and do what it asks for, both or neither."""
    wish = row.as_wish()
    try:
        with transaction.atomic():
            close_wish(room_id, row, WishState.GRANTED)
            before = RoomTimeline.objects.get(room=room_id).as_timeline()
            decision = decide(before, wish.wanted, lead_ms)
            if decision.outcome is Outcome.SUPERSEDED and not is_so_already(decision, wish.wanted):
                raise Conflict("Somebody else just did something else.")
            carry_out(room_id, before, decision, wish.wanted, name=wish.name, cid=row.cid)
    except DomainError:
        return False
    return True


def _decline(room_id: UUID, row: RoomWish, by: Person | None) -> None:
    wish = row.as_wish()
    close_wish(room_id, row, WishState.DECLINED)
    who = {"by": by.id, "name": by.name} if by else {"by": None, "name": ""}
    record(room_id, EventKind.DECLINED, uid=row.by, data={"op": wish.wanted.about.value, "name": wish.name}, **who)


def _wish(room_id: UUID, wish_id: UUID, kind: WishKind) -> RoomWish:
    row: RoomWish | None = RoomWish.objects.filter(pk=wish_id, room=room_id, kind=kind).first()
    if row is None:
        raise NotFound("This is not asked any more.")
    return row
