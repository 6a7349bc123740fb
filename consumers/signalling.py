"""Brings the browsers of a voice chat together: the list of who is in it, and notes from one socket to another.

Invariant: a note reaches the one socket it is for, of the same room and in its voice chat, or nobody; it is not kept.
"""

import asyncio
from dataclasses import asdict
from functools import partial
from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError, Invalid
from apps.common.events import room_group
from apps.rooms import live
from consumers import strict
from consumers.bus import Bus, Frame
from consumers.desk import Desk, RoomSocket
from consumers.protocol.parts import Problem, Talker
from consumers.protocol.room_client import Rtc
from consumers.protocol.room_server import Res, RtcFrom, VoiceNow
from consumers.voice import IS_FULL, Farewell, Place
from consumers.wire import Parcel

log = get_logger(__name__)

JUDGED_EVERY_S = 10.0  # a right that was taken away, or a role that changed, ends the talk within this
WORDS = {
    Farewell.MOVED: "You talk on another device now.",
    Farewell.FULL: IS_FULL,
    Farewell.NOT_ALLOWED: "You may not talk in this room.",
}


class Signalling:
    """Of all rooms in this process."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def join(self, desk: Desk, uid: str, sid: str, *, talking: bool) -> None:
        """Raises Conflict when voice is full."""
        desk.voice.take(Place(uid, sid, live.now_ms(), talking), _now_s())
        await self._changed(desk)

    async def say(self, desk: Desk, sid: str, *, talking: bool) -> None:
        desk.voice.say(sid, talking=talking)
        await self._changed(desk)

    async def leave(self, desk: Desk, sid: str) -> None:
        desk.voice.leave(sid)
        await self._changed(desk)

    async def depart(self, desk: Desk, sid: str) -> None:
        """Its socket closed."""
        if sid in desk.voice.local:
            desk.voice.depart(sid, _now_s())
            await self._changed(desk)

    async def relay(self, desk: Desk, sid: str, note: Rtc) -> None:
        """Hand ``note`` over; whoever has left meanwhile does not get it. Raises Invalid."""
        if sid not in desk.voice.local:
            raise Invalid("Join the voice chat first.", code="not_in_voice")
        if (note.sdp is None) == (note.ice is None):
            raise Invalid("Say either sdp or ice.")
        if any(place.sid == note.to for place in desk.voice.everybody(_now_s())):
            said = {"t": RtcFrom.t, **strict.as_json(RtcFrom(from_=sid, sdp=note.sdp, ice=note.ice))}
            if not _hand_over(desk, note.to, said):
                frame = {"t": "rtc", "room": str(desk.room_id), "to": note.to, "said": said}
                self.bus.send(room_group(desk.room_id), frame)

    async def greet(self, desk: Desk, socket: RoomSocket) -> None:
        """Somebody entered the room."""
        if desk.voice.told:
            socket.put(Parcel(_voice_now(desk.voice.told)))

    async def hear(self, desk: Desk, frame: Frame) -> None:
        """From another process."""
        if frame["t"] == "rtc":
            _hand_over(desk, frame["to"], frame["said"])
        else:
            desk.voice.hear(frame["from"], [Place(**packed) for packed in frame["who"]], _now_s())
            await self._show(desk)

    def repeat(self, desk: Desk) -> None:
        """So that others learn of it who came later or missed something; silence makes our places fade there."""
        if desk.voice.local:
            self._tell(desk)

    async def pulse(self, desk: Desk) -> None:
        now_s = _now_s()
        await self._show(desk)
        if desk.voice.local and now_s - desk.voice_judged_at >= JUDGED_EVERY_S:
            desk.voice_judged_at = now_s
            desk.judging.start(partial(self._judge, desk))

    async def _judge(self, desk: Desk) -> None:
        here = {sid: UUID(place.id) for sid, place in desk.voice.local.items()}
        try:
            may_talk = await live.may_talk(room_id=desk.room_id, user_ids=set(here.values()))
        except DomainError as error:
            log.warning("voice.unjudged", room=str(desk.room_id), error=error.message)
            return
        refused = [sid for sid, uid in here.items() if uid not in may_talk]
        for sid in refused:
            desk.voice.leave(sid)
            _bid_farewell(desk, sid, Farewell.NOT_ALLOWED)
        if refused:
            await self._changed(desk)

    async def _changed(self, desk: Desk) -> None:
        await self._show(desk)
        self._tell(desk)

    def _tell(self, desk: Desk) -> None:
        who = [asdict(place) for place in desk.voice.local.values()]
        self.bus.send(room_group(desk.room_id), {"t": "voice", "room": str(desk.room_id), "who": who})

    async def _show(self, desk: Desk) -> None:
        """To our sockets, when it is not what they know."""
        for sid, why in desk.voice.settle(_now_s()).items():
            _bid_farewell(desk, sid, why)
        everybody = desk.voice.everybody(_now_s())
        if _voice_now(everybody) != _voice_now(desk.voice.told):
            desk.voice.told = everybody
            await desk.to_all(_voice_now(everybody))


def _voice_now(places: list[Place]) -> VoiceNow:
    return VoiceNow(who=[Talker(id=place.id, sid=place.sid, talking=place.talking) for place in places])


def _hand_over(desk: Desk, sid: str, said: Frame) -> bool:
    socket = desk.sockets.get(sid)
    if socket is None:
        return False
    socket.put(Parcel(said))
    return True


def _bid_farewell(desk: Desk, sid: str, why: Farewell) -> None:
    socket = desk.sockets.get(sid)
    if socket is not None:
        problem = Problem(code=why.value, message=WORDS[why])
        socket.put(Parcel(Res(cid=None, ok=False, rev=socket.rev, err=problem)))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
