"""What people say to each other in a room."""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from apps.accounts.domain import Person
from apps.common.errors import Forbidden, TooMany
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.domain.rules import silence_s
from apps.rooms.models import Membership, RoomEvent
from apps.rooms.services.history import record
from apps.rooms.services.standing import inside


@dataclass(frozen=True, slots=True)
class Message:
    """``position_s``: where the sender's film is. ``reply``: the number of an earlier message."""

    cid: str
    text: str
    position_s: float
    reply: int | None


def say(*, room_id: UUID, person: Person, message: Message) -> RoomEventData | None:
    """Keep a chat message; None when this ``cid`` was said before. Raises Forbidden, NotFound, TooMany."""
    with inside(room_id, person.id) as standing:
        if not standing.may(Permission.CHAT):
            raise Forbidden("You may not chat in this room.", code="not_allowed")
        if RoomEvent.objects.filter(room=room_id, by=person.id, cid=message.cid).exists():
            return None
        _keep_slow_mode(standing)
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
    last = RoomEvent.objects.filter(room=standing.room_id, by=standing.user_id, kind=EventKind.CHAT).last()
    said_ago_s = (timezone.now() - last.at).total_seconds() if last else None
    if wait_s := silence_s(rules, standing.acting_role, said_ago_s):
        raise TooMany(f"Slow mode: write again in {wait_s} s.", retry_after_s=wait_s, code="slow_mode")
