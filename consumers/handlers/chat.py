"""Frames of people who talk."""

from apps.rooms import live
from apps.rooms.services import Message
from consumers import hub
from consumers.handlers.seat import Handler, Seat, done
from consumers.protocol.room_client import Chat


async def say(seat: Seat, frame: Chat) -> None:
    message = Message(cid=frame.cid, text=frame.text, position_s=frame.mt, reply=frame.reply)
    event = await live.say(room_id=seat.room, person=seat.person, message=message)
    if event is not None:
        await hub.current().tell_event(seat.at_desk(), event)
    await done(seat, frame.cid)


HANDLERS: dict[type, Handler] = {Chat: say}
