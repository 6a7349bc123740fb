"""The hot path of rooms, for sockets: every call of theirs on a thread with a connection of its own.

Invariant: the event loop never waits for the database.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

from apps.accounts.domain import Person
from apps.common.errors import Unavailable
from apps.rooms import selectors, services
from apps.rooms.adapters.board import board as figures_board
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.figures import RoomFigures
from apps.rooms.domain.members import Role
from apps.rooms.domain.playback import Timeline, position_at
from apps.rooms.domain.talk import Given
from apps.rooms.domain.waiting import Wish
from apps.rooms.selectors import Board, Entrance, Mark, News, Power
from apps.rooms.services import (
    CommandResult,
    Kept,
    Message,
    MessageTouch,
    RoomChange,
    RuleChange,
    SourceLook,
    WaitChange,
)

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


def knows_time() -> bool:
    """Whether ``now_ms`` is room time yet: a process that has just started has asked nobody."""
    return room_clock.is_usable


async def ready_clock() -> None:
    """Make sure that ``now_ms`` is room time."""
    if not knows_time():
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


async def power(*, room_id: UUID, user_ids: Collection[UUID]) -> tuple[Power, dict[str, Role]]:
    """What decides who may do what, and the roles of ``user_ids``. Raises NotFound."""
    return await _in_database(partial(selectors.power, room_id, user_ids))


# --- changes ---------------------------------------------------------------------------------------------------
async def command(*, room_id: UUID, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
    """Change the timeline. Raises Forbidden without the right, Invalid for a command that makes no sense."""
    return await _in_database(
        partial(services.command, room_id=room_id, person=person, cid=cid, wanted=wanted, lead_ms=lead_ms)
    )


async def rest_room(*, room_id: UUID, left_at_ms: float) -> None:
    """Pause a room that everybody left, so that they find the film where they left it. Harmless when repeated."""
    await _in_database(partial(services.rest_room, room_id=room_id, left_at_ms=left_at_ms))


async def begin_wait(*, room_id: UUID, wish: Wish, lead_ms: int) -> WaitChange | None:
    """Stand still for those of ``wish`` whom the room's rule waits for. None when it does not."""
    return await _in_database(partial(services.begin_wait, room_id=room_id, wish=wish, lead_ms=lead_ms))


async def settle_wait(*, room_id: UUID, bid: str, done: Collection[str], lead_ms: int) -> WaitChange | None:
    """Wait ``bid`` is no longer for ``done``; it ends when enough people are ready. None when it is over already."""
    return await _in_database(partial(services.settle_wait, room_id=room_id, bid=bid, done=done, lead_ms=lead_ms))


async def mind_source(*, room_id: UUID, lead_ms: int) -> SourceLook:
    """Stop before the edge of what has arrived of the film, and go on when there is more."""
    return await _in_database(partial(services.mind_source, room_id=room_id, lead_ms=lead_ms))


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


async def keep_film_reactions(*, room_id: UUID, item: str, given: Given) -> Kept:
    """Count what people sent in the last second."""
    return await _in_database(partial(services.keep_film_reactions, room_id=room_id, item=item, given=given))


async def kick(*, room_id: UUID, person: Person, user_id: UUID) -> RoomEventData:
    """Remove somebody. Raises NotFound, Forbidden."""
    return await _in_database(partial(services.kick, room_id=room_id, by=person.id, user_id=user_id))


# --- voice -----------------------------------------------------------------------------------------------------
async def check_voice(*, room_id: UUID, person: Person) -> None:
    """Raises Forbidden for somebody who may not talk in this room, NotFound when it is closed."""
    await _in_database(partial(services.check_voice, room_id=room_id, user_id=person.id))


async def may_talk(*, room_id: UUID, user_ids: Collection[UUID]) -> set[UUID]:
    """Which of these people may still talk in this room."""
    return await _in_database(partial(services.may_talk, room_id=room_id, user_ids=user_ids))


# --- figures ---------------------------------------------------------------------------------------------------
async def publish_figures(*, process: str, figures: Mapping[UUID, RoomFigures]) -> None:
    """Leave the figures of this process's rooms for the operator's page, whichever process answers it."""
    await sync_to_async(figures_board.publish, thread_sensitive=False)(process, dict(figures))


# --- queue and what comes next ---------------------------------------------------------------------------------
async def board(room_id: UUID) -> Board:
    """What the room watches and may watch next. Raises NotFound."""
    return await _in_database(partial(selectors.board, room_id))


async def add_to_queue(*, room_id: UUID, person: Person, cid: str, title_id: UUID) -> RoomEventData | None:
    """Raises Forbidden, NotFound, Conflict."""
    work = partial(services.add_to_queue, room_id=room_id, person=person, cid=cid, title_id=title_id)
    return await _in_database(work)


async def remove_from_queue(*, room_id: UUID, person: Person, cid: str, entry_id: UUID) -> RoomEventData | None:
    """Raises Forbidden."""
    work = partial(services.remove_from_queue, room_id=room_id, person=person, cid=cid, entry_id=entry_id)
    return await _in_database(work)


async def move_in_queue(
    *, room_id: UUID, person: Person, cid: str, entry_id: UUID, before: UUID | None
) -> RoomEventData | None:
    """Raises Forbidden, NotFound."""
    work = partial(services.move_in_queue, room_id=room_id, person=person, cid=cid, entry_id=entry_id, before=before)
    return await _in_database(work)


async def vote_in_queue(
    *, room_id: UUID, person: Person, cid: str, entry_id: UUID, is_on: bool
) -> RoomEventData | None:
    """Raises Forbidden, NotFound."""
    work = partial(services.vote_in_queue, room_id=room_id, person=person, cid=cid, entry_id=entry_id, is_on=is_on)
    return await _in_database(work)


async def skip(*, room_id: UUID, person: Person, cid: str, base: int, lead_ms: int) -> CommandResult:
    """Go on to the next film. Raises Forbidden, Conflict."""
    work = partial(services.skip, room_id=room_id, person=person, cid=cid, base=base, lead_ms=lead_ms)
    return await _in_database(work)


async def offer_next(*, room_id: UUID, rev: int) -> RoomEventData | None:
    """The film of revision ``rev`` is over. None when that was said before."""
    return await _in_database(partial(services.offer_next, room_id=room_id, rev=rev))


async def decline_next(*, room_id: UUID, person: Person, cid: str) -> RoomEventData | None:
    """Raises Forbidden."""
    return await _in_database(partial(services.decline_next, room_id=room_id, person=person, cid=cid))


async def begin_next(*, room_id: UUID, rev: int) -> RoomChange | None:
    """The countdown after revision ``rev`` is over. None when somebody said no, or was faster."""
    return await _in_database(partial(services.begin_next, room_id=room_id, rev=rev))


async def open_poll(*, room_id: UUID, person: Person, cid: str, titles: Sequence[UUID]) -> RoomEventData | None:
    """Raises Forbidden, Invalid, NotFound, Conflict."""
    return await _in_database(partial(services.open_poll, room_id=room_id, person=person, cid=cid, titles=titles))


async def vote_in_poll(
    *, room_id: UUID, person: Person, cid: str, poll_id: UUID, title_id: UUID
) -> RoomEventData | None:
    """Raises Forbidden, NotFound, Invalid."""
    work = partial(services.vote_in_poll, room_id=room_id, person=person, cid=cid, poll_id=poll_id, title_id=title_id)
    return await _in_database(work)


async def close_poll(*, room_id: UUID, person: Person, cid: str, poll_id: UUID) -> RoomEventData | None:
    """Raises Forbidden, NotFound, Conflict."""
    return await _in_database(partial(services.close_poll, room_id=room_id, person=person, cid=cid, poll_id=poll_id))


# --- starting together -----------------------------------------------------------------------------------------
async def ask_ready(*, room_id: UUID, person: Person, cid: str) -> RoomEventData | None:
    """Raises Forbidden, Conflict while the film plays."""
    return await _in_database(partial(services.ask_ready, room_id=room_id, person=person, cid=cid))


async def start_anyway(*, room_id: UUID, person: Person, cid: str) -> RoomChange | None:
    """Raises Forbidden."""
    return await _in_database(partial(services.start_anyway, room_id=room_id, person=person, cid=cid))


async def start_when_ready(*, room_id: UUID) -> RoomChange | None:
    """Everybody is ready. None when the room plays already, or waits for somebody."""
    return await _in_database(partial(services.start_when_ready, room_id=room_id))


# --- people and power ------------------------------------------------------------------------------------------
async def change_role(*, room_id: UUID, person: Person, cid: str, user_id: UUID, role: Role) -> None:
    """Give somebody another role. Raises Forbidden, NotFound."""
    await _in_database(
        partial(services.change_role, room_id=room_id, person=person, cid=cid, user_id=user_id, role=role)
    )


async def change_rules(*, room_id: UUID, person: Person, cid: str, change: RuleChange) -> None:
    """Change what holds for the whole room. Raises Forbidden, Invalid."""
    await _in_database(partial(services.change_rules, room_id=room_id, person=person, cid=cid, change=change))


async def ask(*, room_id: UUID, person: Person, cid: str, wanted: Command) -> None:
    """Ask the hosts for a command. Raises Forbidden, Conflict, Invalid."""
    await _in_database(partial(services.ask, room_id=room_id, person=person, cid=cid, wanted=wanted))


async def grant(*, room_id: UUID, person: Person, wish_id: UUID, ok: bool, lead_ms: int) -> None:
    """A host's answer to an ask. Raises Forbidden, NotFound, Conflict."""
    await _in_database(partial(services.grant, room_id=room_id, person=person, wish_id=wish_id, ok=ok, lead_ms=lead_ms))


async def vote(*, room_id: UUID, person: Person, wish_id: UUID, ok: bool) -> None:
    """One person's yes or no. Raises Forbidden, NotFound, Conflict."""
    await _in_database(partial(services.vote, room_id=room_id, person=person, wish_id=wish_id, ok=ok))


async def settle_vote(*, room_id: UUID, wish_id: UUID, present: Collection[str], lead_ms: int) -> bool:
    """Count among the people present, and do what most of them want. False while it is open, or when it was over."""
    return await _in_database(
        partial(services.settle_vote, room_id=room_id, wish_id=wish_id, present=present, lead_ms=lead_ms)
    )


async def keep_host(*, room_id: UUID, present: Collection[str], away_s: float) -> bool:
    """Move the host's control, or give it back, as far as it is due; True when it moved."""
    return await _in_database(partial(services.keep_host, room_id=room_id, present=present, away_s=away_s))
