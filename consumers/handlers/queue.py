"""Frames about what the room watches next."""

from apps.rooms import live
from apps.rooms.domain.events import RoomEventData
from consumers import hub
from consumers.handlers.playback import tell_result
from consumers.handlers.seat import Handler, Seat, done, read_id
from consumers.protocol.room_client import QueueAdd, QueueDel, QueueMove, QueueSkip, QueueStay, QueueVote


async def add(seat: Seat, frame: QueueAdd) -> None:
    title_id = read_id(frame.title)
    event = await live.add_to_queue(room_id=seat.room, person=seat.person, cid=frame.cid, title_id=title_id)
    await tell(seat, frame.cid, event)


async def remove(seat: Seat, frame: QueueDel) -> None:
    entry_id = read_id(frame.qid)
    event = await live.remove_from_queue(room_id=seat.room, person=seat.person, cid=frame.cid, entry_id=entry_id)
    await tell(seat, frame.cid, event)


async def move(seat: Seat, frame: QueueMove) -> None:
    event = await live.move_in_queue(
        room_id=seat.room,
        person=seat.person,
        cid=frame.cid,
        entry_id=read_id(frame.qid),
        before=read_id(frame.before) if frame.before else None,
    )
    await tell(seat, frame.cid, event)


async def vote(seat: Seat, frame: QueueVote) -> None:
    entry_id = read_id(frame.qid)
    event = await live.vote_in_queue(
        room_id=seat.room, person=seat.person, cid=frame.cid, entry_id=entry_id, is_on=frame.on
    )
    await tell(seat, frame.cid, event)


async def skip(seat: Seat, frame: QueueSkip) -> None:
    lead_ms = hub.current().lead_ms(seat.at_desk())
    result = await live.skip(room_id=seat.room, person=seat.person, cid=frame.cid, base=frame.base, lead_ms=lead_ms)
    await tell_result(seat, frame.cid, result)


async def stay(seat: Seat, frame: QueueStay) -> None:
    event = await live.decline_next(room_id=seat.room, person=seat.person, cid=frame.cid)
    await tell(seat, frame.cid, event)


async def tell(seat: Seat, cid: str, event: RoomEventData | None) -> None:
    """Everybody hears of it when something changed, and its sender that it is true now."""
    if event is not None:
        await hub.current().tell_event(seat.at_desk(), event)
    await done(seat, cid)


HANDLERS: dict[type, Handler] = {
    QueueAdd: add,
    QueueDel: remove,
    QueueMove: move,
    QueueVote: vote,
    QueueSkip: skip,
    QueueStay: stay,
}
