"""Planned parties: who is told when, and that the film is still here then.

Invariants: people of the room hear of each change of the plan once, in their inbox and by mail; an invited address gets
one letter of it; the reminder goes out once. A lost wake-up only delays: the sweep finds what is due by its rows.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.common.errors import Forbidden, Invalid, TooMany
from apps.common.jobs import Job, enqueue
from apps.notifications import services as notifications
from apps.notifications.domain import Kind
from apps.rooms import selectors
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.members import Permission
from apps.rooms.domain.schedule import (
    HELD_FOR,
    HOLD_BEFORE,
    INVITED_MAX,
    LETTERS_A_DAY,
    MOVED_MAX,
    REMIND_BEFORE,
    REMIND_UNTIL,
    News,
    fault_of,
    letter_text,
)
from apps.rooms.models import Membership, PartyLetter, Room
from apps.rooms.services.history import record, wake
from apps.streaming import services as streaming

DAY_S = 86_400


def plan_party(*, room_id: UUID, by: UUID, starts_at: datetime, addresses: Collection[str] = ()) -> None:
    """Set the time, or another one, and invite. Again with the same is fine. Raises NotFound, Forbidden, Invalid,
    TooMany.
    """
    if fault := fault_of(starts_at, now=timezone.now()):
        raise Invalid(fault, fields={"starts_at": fault})
    with transaction.atomic():
        Room.objects.hold(room_id)
        standing = selectors.membership(room_id, by)
        if not standing.may(Permission.RULES):
            raise Forbidden("Only the host can plan this party.", code="not_allowed")
        invited = _invited(room_id) | {address.strip().lower() for address in addresses}
        if len(invited) > INVITED_MAX:
            fault = f"Invite at most {INVITED_MAX} addresses."
            raise Invalid(fault, fields={"emails": fault})
        before = standing.room.starts_at
        _check_letters(standing.room, invited, is_moved=before != starts_at)
        if before != starts_at:
            Room.objects.filter(pk=room_id).update(starts_at=starts_at, plan_no=F("plan_no") + 1, reminded_at=None)
            name = accounts.names([by]).get(by, "")
            data = {"starts_at": starts_at.isoformat()}
            record(room_id, EventKind.SCHEDULED, by=by, name=name, data=data)
            wake(room_id)
            _tell(room_id, News.CHANGED if before else News.INVITED, but=by)
        _write(room_id, News.INVITED, invited - _invited(room_id))


def _check_letters(room: Room, invited: Collection[str], *, is_moved: bool) -> None:
    """Raises TooMany."""
    if is_moved and room.plan_no >= MOVED_MAX:
        raise TooMany(f"This party was moved {MOVED_MAX} times. Open a new one.", retry_after_s=DAY_S)
    day_ago = timezone.now() - timedelta(seconds=DAY_S)
    written = PartyLetter.objects.filter(room__owner=room.owner_id, due_at__gt=day_ago).count()
    coming = len(invited) if is_moved else len(set(invited) - _invited(room.pk))
    if written + coming > LETTERS_A_DAY:
        raise TooMany("You have sent many invitations today. Invite more people tomorrow.", retry_after_s=DAY_S)


def cancel_party(room_id: UUID, *, by: UUID) -> None:
    """The room closes: who waits for its party hears that there is none. Call it in that transaction."""
    if Room.objects.filter(pk=room_id, starts_at__gt=timezone.now()).exists():
        _tell(room_id, News.CANCELLED, but=by)


def remind_due() -> None:
    """Remind everybody of parties that begin soon, and hold their films. Repeatable at any time."""
    now = timezone.now()
    soon = Room.objects.open().filter(starts_at__gt=now - REMIND_UNTIL)
    for title_id in soon.filter(starts_at__lte=now + HOLD_BEFORE).values_list("title_id", flat=True):
        streaming.hold(title_id, now + HELD_FOR)
    due = soon.filter(starts_at__lte=now + REMIND_BEFORE, reminded_at=None)
    for room_id in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            if due.filter(pk=room_id).update(reminded_at=now) == 1:
                _tell(room_id, News.REMINDER)


def _invited(room_id: UUID) -> set[str]:
    """Addresses that were invited."""
    return set(PartyLetter.objects.filter(room=room_id, news=News.INVITED).values_list("to", flat=True))


def _tell(room_id: UUID, news: News, *, but: UUID | None = None) -> None:
    """Everybody except ``but``, who did it."""
    link = f"/room/{room_id}"
    party = selectors.party(room_id, link=link)
    subject, text = letter_text(news, party)
    notifications.notify(
        key=f"party:{room_id}:{party.sequence}:{news}",
        kind=Kind.PARTY,
        recipients=[user_id for user_id in _members(room_id) if user_id != but],
        title=subject,
        body=text,
        link=link,
    )
    _write(room_id, news, _invited(room_id))


def _members(room_id: UUID) -> list[UUID]:
    people = Membership.objects.filter(room=room_id, removed_at=None, user__is_guest=False)
    return list(people.values_list("user_id", flat=True))


def _write(room_id: UUID, news: News, invited: Collection[str]) -> None:
    """Members have a mail by their notification, and no second one."""
    addresses = set(invited) - {accounts.verified_address(user_id) for user_id in _members(room_id)}
    plan_no = Room.objects.values_list("plan_no", flat=True).get(pk=room_id)
    now = timezone.now()
    letters = [PartyLetter(room_id=room_id, to=to, news=news, plan_no=plan_no, due_at=now) for to in sorted(addresses)]
    PartyLetter.objects.bulk_create(letters, ignore_conflicts=True)
    wanted = PartyLetter.objects.filter(room=room_id, news=news, plan_no=plan_no, to__in=addresses)
    for letter_id in wanted.values_list("pk", flat=True):
        enqueue(Job.SEND_PARTY_LETTER, letter_id)
