"""What people say to each other in a room."""

from dataclasses import dataclass
from uuid import UUID

from apps.accounts.domain import Person
from apps.common.errors import Forbidden
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.models import RoomEvent
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
    """Keep a chat message; None when this ``cid`` was said before. Raises Forbidden, NotFound, Conflict."""
    with inside(room_id, person.id) as standing:
        if not standing.may(Permission.CHAT):
            raise Forbidden("You may not chat in this room.", code="not_allowed")
        said = RoomEvent.objects.filter(room=room_id, by=person.id, cid=message.cid, kind=EventKind.CHAT)
        if said.exists():
            return None
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
