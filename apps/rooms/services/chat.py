"""What people say to each other in a room, and what becomes of it later.

Invariant: a message's row says how it stands now, and an event of its own tells of each change; the words of a removed
message are in no row any more.
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from apps.accounts.domain import Person
from apps.common.errors import Forbidden, NotFound, TooMany
from apps.rooms.domain.commands import Outcome
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.domain.rules import silence_s
from apps.rooms.domain.talk import Sent, why_not_edit, why_not_remove
from apps.rooms.models import Membership, MessageReaction, RoomCommand, RoomEvent
from apps.rooms.services.history import cid_used, record
from apps.rooms.services.standing import inside


@dataclass(frozen=True, slots=True)
class Message:
    """``position_s``: where the sender's film is. ``reply``: the number of an earlier message."""

    cid: str
    text: str
    position_s: float
    reply: int | None


def say(*, room_id: UUID, person: Person, message: Message) -> RoomEventData | None:
    """Keep a chat message; None when this ``cid`` was said before.

    Raises Forbidden, NotFound, also for ``reply``, Conflict, and TooMany in slow mode.
    """
    with inside(room_id, person.id) as standing:
        if not standing.may(Permission.CHAT):
            raise Forbidden("You may not chat in this room.", code="not_allowed")
        said = RoomEvent.objects.messages(room_id).filter(by=person.id, cid=message.cid)
        if said.exists():
            return None
        if RoomCommand.objects.filter(room=room_id, by=person.id, cid=message.cid).exists():
            raise cid_used()
        _keep_slow_mode(standing)
        if message.reply is not None and not RoomEvent.objects.messages(room_id).filter(seq=message.reply).exists():
            raise NotFound("The message that you answer is not in this room.", code="no_such_message")
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


def _keep_slow_mode(standing: Membership) -> None:
    rules = standing.room.rules
    if not rules.slow_s:
        return
    words = (EventKind.CHAT, EventKind.EDITED)  # new words are read like a new message
    last = RoomEvent.objects.filter(room=standing.room_id, by=standing.user_id, kind__in=words).last()
    said_ago_s = (timezone.now() - last.at).total_seconds() if last else None
    if wait_s := silence_s(rules, standing.acting_role, said_ago_s):
        raise TooMany(f"Slow mode: write again in {wait_s} s.", retry_after_s=wait_s, code="slow_mode")


def edit_message(*, room_id: UUID, person: Person, cid: str, seq: int, text: str) -> RoomEventData | None:
    """Put ``text`` in place of what one said; None when nothing changes, or this ``cid`` did it before.

    Raises Forbidden (not one's own, or too late), NotFound, and TooMany in slow mode.
    """
    with inside(room_id, person.id) as standing:
        if not standing.may(Permission.CHAT):
            raise Forbidden("You may not chat in this room.", code="not_allowed")
        if is_done(room_id, person, cid):
            return None
        message = find_message(room_id, seq)
        if fault := why_not_edit(_as_sent(message, person), timezone.now()):
            raise Forbidden(fault, code="not_allowed")
        words = text.strip()
        if words == message.text:
            leave_unchanged(room_id, person, cid)
            return None
        _keep_slow_mode(standing)
        event = record(room_id, EventKind.EDITED, by=person.id, name=person.name, cid=cid, text=words, reply=seq)
        message.text, message.data = words, {**message.data, "edited": str(event.seq)}
        message.save(update_fields=["text", "data"])
        return event


def delete_message(*, room_id: UUID, person: Person, cid: str, seq: int) -> RoomEventData | None:
    """Take the words of a message out of every row; None when they are gone already.

    Raises Forbidden (not one's own and no right to remove people, or too late), NotFound.
    """
    with inside(room_id, person.id) as standing:
        if is_done(room_id, person, cid):
            return None
        message = find_message(room_id, seq)
        is_moderator = standing.may(Permission.KICK)
        if fault := why_not_remove(_as_sent(message, person), timezone.now(), is_moderator=is_moderator):
            raise Forbidden(fault, code="not_allowed")
        if message.is_removed:
            leave_unchanged(room_id, person, cid)
            return None
        event = record(room_id, EventKind.DELETED, by=person.id, name=person.name, cid=cid, reply=seq)
        RoomEvent.objects.filter(room=room_id, kind=EventKind.EDITED, reply=seq).update(text="")
        MessageReaction.objects.filter(room=room_id, seq=seq).delete()
        message.text, message.data = "", {"deleted": str(event.seq)}
        message.save(update_fields=["text", "data"])
        return event


def is_done(room_id: UUID, person: Person, cid: str) -> bool:
    """Whether ``cid`` had its outcome before."""
    return any(kind.objects.filter(room=room_id, by=person.id, cid=cid).exists() for kind in (RoomEvent, RoomCommand))


def leave_unchanged(room_id: UUID, person: Person, cid: str) -> None:
    """Remember that ``cid`` changed nothing, so that it still changes nothing when it comes again later."""
    RoomCommand.objects.create(room_id=room_id, by=person.id, cid=cid, outcome=Outcome.UNCHANGED)


def find_message(room_id: UUID, seq: int) -> RoomEvent:
    """Raises NotFound."""
    found: RoomEvent | None = RoomEvent.objects.messages(room_id).filter(seq=seq).first()
    if found is None:
        raise NotFound("This message is not in this room.", code="no_such_message")
    return found


def _as_sent(message: RoomEvent, person: Person) -> Sent:
    return Sent(at=message.at, is_own=message.by == person.id, is_removed=message.is_removed)
