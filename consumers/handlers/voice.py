"""Frames of people who talk to each other by voice. The sound itself goes from browser to browser."""

from apps.rooms import live
from consumers import hub
from consumers.handlers.seat import Handler, Seat, done
from consumers.protocol.room_client import Rtc, Voice


async def voice(seat: Seat, frame: Voice) -> None:
    signalling, desk = hub.current().voice, seat.at_desk()
    if not frame.on:
        await signalling.leave(desk, seat.sid)
    elif seat.sid in desk.voice.local:
        await signalling.say(desk, seat.sid, talking=frame.talk)
    else:
        await live.check_voice(room_id=seat.room, person=seat.person)
        await signalling.join(desk, seat.uid, seat.sid, talking=frame.talk)
    if frame.cid is not None:
        await done(seat, frame.cid)


async def rtc(seat: Seat, frame: Rtc) -> None:
    await hub.current().voice.relay(seat.at_desk(), seat.sid, frame)


HANDLERS: dict[type, Handler] = {Voice: voice, Rtc: rtc}
