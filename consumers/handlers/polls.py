"""Frames of a vote about what to watch."""

from apps.rooms import live
from consumers.handlers.queue import tell
from consumers.handlers.seat import Handler, Seat, read_id
from consumers.protocol.room_client import PollClose, PollOpen, PollVote


async def open_poll(seat: Seat, frame: PollOpen) -> None:
    titles = [read_id(title) for title in frame.titles]
    event = await live.open_poll(room_id=seat.room, person=seat.person, cid=frame.cid, titles=titles)
    await tell(seat, frame.cid, event)


async def vote(seat: Seat, frame: PollVote) -> None:
    event = await live.vote_in_poll(
        room_id=seat.room,
        person=seat.person,
        cid=frame.cid,
        poll_id=read_id(frame.poll),
        title_id=read_id(frame.title),
    )
    await tell(seat, frame.cid, event)


async def close(seat: Seat, frame: PollClose) -> None:
    poll_id = read_id(frame.poll)
    event = await live.close_poll(room_id=seat.room, person=seat.person, cid=frame.cid, poll_id=poll_id)
    await tell(seat, frame.cid, event)


HANDLERS: dict[type, Handler] = {PollOpen: open_poll, PollVote: vote, PollClose: close}
