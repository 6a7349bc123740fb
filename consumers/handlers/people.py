"""Frames about the people of a room: who may stay, and who may do what."""

from apps.rooms import live
from consumers import hub
from consumers.handlers.seat import Handler, Seat, done, read_id
from consumers.protocol.room_client import Kick


async def kick(seat: Seat, frame: Kick) -> None:
    event = await live.kick(room_id=seat.room, person=seat.person, user_id=read_id(frame.uid))
    await hub.current().tell_event(seat.at_desk(), event)
    await done(seat, frame.cid)


HANDLERS: dict[type, Handler] = {Kick: kick}
