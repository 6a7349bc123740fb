"""Frames of people who talk and react."""

from apps.rooms import live
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.talk import Emoji
from apps.rooms.services import Message, MessageTouch
from consumers import hub
from consumers.handlers.seat import Handler, Seat, done
from consumers.protocol.room_client import Chat, ChatDelete, ChatEdit, ChatReact, React


async def say(seat: Seat, frame: Chat) -> None:
    message = Message(cid=frame.cid, text=frame.text, position_s=frame.mt, reply=frame.reply)
    await _tell(seat, frame.cid, await live.say(room_id=seat.room, person=seat.person, message=message))


async def edit(seat: Seat, frame: ChatEdit) -> None:
    event = await live.edit_message(
        room_id=seat.room, person=seat.person, cid=frame.cid, seq=frame.seq, text=frame.text
    )
    await _tell(seat, frame.cid, event)


async def delete(seat: Seat, frame: ChatDelete) -> None:
    event = await live.delete_message(room_id=seat.room, person=seat.person, cid=frame.cid, seq=frame.seq)
    await _tell(seat, frame.cid, event)


async def react_to_message(seat: Seat, frame: ChatReact) -> None:
    touch = MessageTouch(cid=frame.cid, seq=frame.seq, emoji=Emoji(frame.e), is_on=frame.on)
    await _tell(seat, frame.cid, await live.react_to_message(room_id=seat.room, person=seat.person, touch=touch))


async def react_to_film(seat: Seat, frame: React) -> None:
    seat.at_desk().reactions.add(seat.person.id, Emoji(frame.e), frame.mt)


async def _tell(seat: Seat, cid: str, event: RoomEventData | None) -> None:
    if event is not None:
        await hub.current().tell_event(seat.at_desk(), event)
    await done(seat, cid)


HANDLERS: dict[type, Handler] = {
    Chat: say,
    ChatEdit: edit,
    ChatDelete: delete,
    ChatReact: react_to_message,
    React: react_to_film,
}
