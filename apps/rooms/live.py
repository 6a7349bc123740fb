"""The hot path of rooms, for sockets: every call of theirs on a thread with a connection of its own.

Invariant: the event loop never waits for the database.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import TypeVar
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

from apps.accounts.domain import Person
from apps.common.errors import Unavailable
from apps.rooms import selectors, services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.playback import Command, Timeline, position_at
from apps.rooms.domain.talk import Given
from apps.rooms.selectors import Entrance, Mark, News
from apps.rooms.services import CommandResult, Kept, Message, MessageTouch, RoomChange

Answer = TypeVar("Answer")


async def _in_database(work: Callable[[], Answer]) -> Answer:
    """Raises Unavailable when the database does not answer."""
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
    return await _in_database(partial(selectors.entrance, room_id, person.id, known_seq))


async def news(*, room_id: UUID, after_seq: int) -> News:
    """The timeline now and the events after ``after_seq``, for a process that may have missed some."""
    return await _in_database(partial(selectors.news, room_id, after_seq))


async def marks(room_ids: Collection[UUID]) -> dict[UUID, Mark]:
    """The newest revision and event number of each room, in one query."""
    return await _in_database(partial(selectors.marks, list(room_ids)))


# --- changes ---------------------------------------------------------------------------------------------------
async def command(*, room_id: UUID, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
    """Change the timeline. Raises Forbidden without the right, Invalid for a command that makes no sense."""
    return await _in_database(
        partial(services.command, room_id=room_id, person=person, cid=cid, wanted=wanted, lead_ms=lead_ms)
    )


async def rest_room(*, room_id: UUID, left_at_ms: float) -> None:
    """Pause a room that everybody left, so that they find the film where they left it. Harmless when repeated."""
    await _in_database(partial(services.rest_room, room_id=room_id, left_at_ms=left_at_ms))


async def begin_wait(*, room_id: UUID, uid: str, lead_ms: int) -> RoomChange | None:
    """Stand still for ``uid``. None when the room does not play."""
    return await _in_database(partial(services.begin_wait, room_id=room_id, uid=uid, lead_ms=lead_ms))


async def end_wait(*, room_id: UUID, bid: str, lead_ms: int) -> RoomChange | None:
    """Go on after wait ``bid``. None when it is over already."""
    return await _in_database(partial(services.end_wait, room_id=room_id, bid=bid, lead_ms=lead_ms))


async def look_ahead(*, room_id: UUID, timeline: Timeline, heights: Collection[int]) -> None:
    """See to it that what the room plays next is made in time, and that its film stays on the disk."""
    await _in_database(partial(services.look_ahead, room_id, position_at(timeline, now_ms()) / 1000, heights))


async def say(*, room_id: UUID, person: Person, message: Message) -> RoomEventData | None:
    """Keep a chat message; None when this ``cid`` was said before. Raises Forbidden."""
    return await _in_database(partial(services.say, room_id=room_id, person=person, message=message))


async def edit_message(*, room_id: UUID, person: Person, cid: str, seq: int, text: str) -> RoomEventData | None:
    """Change what one said; None when nothing changes. Raises Forbidden, NotFound."""
    return await _in_database(
        partial(services.edit_message, room_id=room_id, person=person, cid=cid, seq=seq, text=text)
    )


async def delete_message(*, room_id: UUID, person: Person, cid: str, seq: int) -> RoomEventData | None:
    """Take a message away; None when it is gone already. Raises Forbidden, NotFound."""
    return await _in_database(partial(services.delete_message, room_id=room_id, person=person, cid=cid, seq=seq))


async def react_to_message(*, room_id: UUID, person: Person, touch: MessageTouch) -> RoomEventData | None:
    """Put a reaction there or take it away; None when nothing changes. Raises Forbidden, NotFound, Invalid."""
    return await _in_database(partial(services.react_to_message, room_id=room_id, person=person, touch=touch))


async def keep_film_reactions(*, room_id: UUID, given: Given) -> Kept:
    """Count what people sent in the last second."""
    return await _in_database(partial(services.keep_film_reactions, room_id=room_id, given=given))


async def kick(*, room_id: UUID, person: Person, user_id: UUID) -> RoomEventData:
    """Remove somebody. Raises NotFound, Forbidden."""
    return await _in_database(partial(services.kick, room_id=room_id, by=person.id, user_id=user_id))
