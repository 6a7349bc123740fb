"""The sockets of this process, room by room: one subscription per room, each frame serialised once.

Invariant: frames from other processes are hints; a gap, a wake-up or the audit sends us to the database.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from structlog import get_logger

from apps.common.errors import DomainError, TooMany
from apps.common.events import room_group
from apps.rooms import live
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.leads import lead_ms
from apps.rooms.domain.playback import Timeline
from apps.rooms.domain.ready import ReadyCheck
from apps.rooms.services import RoomChange
from consumers import frames, power, ready
from consumers.bus import Bus, Frame
from consumers.desk import Desk, RoomSocket
from consumers.doorkeeper import Doorkeeper
from consumers.minding import Minder
from consumers.presence import REPEAT_S, Seen
from consumers.protocol.parts import Member
from consumers.protocol.room_client import Status
from consumers.protocol.room_server import Bye, TypingBy
from consumers.pulse import PULSE_S, Pulse
from consumers.shutdown import SERVICE_RESTART, before_shutdown
from consumers.signalling import Signalling
from consumers.telemetry import Telemetry
from consumers.wire import Parcel

log = get_logger(__name__)

SOCKETS_PER_PERSON = 5
ENTERING_AT_ONCE = 3  # of the pool's six threads on two cores: when many come back, those who are in still command
COME_BACK_WITHIN_MS = 3_000
FLUSH_S = 0.3  # for the transports to write the goodbyes


class Leaver(Protocol):
    async def leave(self, bye: Bye, code: int | None = None) -> None: ...


class Hub:
    """One per process (per event loop)."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.bus = Bus()
        self.minder = Minder(self)
        self.voice = Signalling(self.bus)
        self.doorkeeper = Doorkeeper(self.bus)
        self.doorway = asyncio.Semaphore(ENTERING_AT_ONCE)
        self.desks: dict[UUID, Desk] = {}
        self.pulse = Pulse(self)
        self.open_sockets: set[Leaver] = set()
        self.telemetry = Telemetry(self.bus.me, self.open_sockets)
        self._ears: dict[str, Callable[[Desk, Frame], Awaitable[None]]] = {
            "move": self._hear_event,
            "ev": self._hear_event,
            "pres": self._hear_presence,
            "typing": self._hear_typing,
            "voice": self.voice.hear,
            "rtc": self.voice.hear,
            "rdy": self._hear_ready,
            "reacts": self._hear_reactions,
            "wake": self._hear_wake,
        }
        before_shutdown(self.say_goodbye)

    async def say_goodbye(self) -> None:
        """Every socket learns that it should come back, not all at the same moment."""
        for socket in list(self.open_sockets):
            retry_ms = random.randrange(COME_BACK_WITHIN_MS)  # noqa: S311 - only spreads the rush
            bye = Bye(code=4010, why="The server restarts. Back in a moment.", retry_ms=retry_ms)
            await socket.leave(bye, SERVICE_RESTART)
        await asyncio.sleep(FLUSH_S)

    # --- sockets come and go ---
    async def register(self, room_id: UUID, socket: RoomSocket) -> Desk:
        """Take a socket in before its ``welcome`` is read, so that nothing falls between the two."""
        desk = self.desks.setdefault(room_id, Desk(room_id, opened_at_s=self.now_s()))
        same_tab = desk.sockets.get(socket.sid)
        if same_tab is not None and same_tab is not socket:
            await same_tab.leave(Bye(code=4009, why="This room was opened again by the same tab.", retry_ms=None))
        uid = socket.uid
        tabs = [other for other in desk.sockets.values() if other.uid == uid and other is not socket]
        if same_tab is None and len(tabs) >= SOCKETS_PER_PERSON:
            raise TooMany("You have this room open too often. Close a tab.", retry_after_s=5)
        desk.sockets[socket.sid] = socket
        await self.bus.join(room_group(room_id), self._hear)
        self.pulse.start()
        return desk

    async def settle(self, desk: Desk, socket: RoomSocket, member: Member, timeline: Timeline) -> None:
        """After ``welcome``: hand over what happened while it was being read, and show the person to the others."""
        is_first = desk.seq < 0
        if is_first:
            desk.seq = socket.seq
            desk.note(timeline)
        if is_first or desk.seq > socket.seq or desk.rev > socket.rev:
            await self.catch_up(desk)
        desk.presence.arrive(socket.sid, member, self.now_s())
        await self.voice.greet(desk, socket)

    async def part(self, room_id: UUID, socket: RoomSocket) -> None:
        desk = self.desks.get(room_id)
        if desk is not None and desk.sockets.get(socket.sid) is socket:
            del desk.sockets[socket.sid]
            if socket.sid in desk.presence.local:  # not somebody who was turned away at the door
                desk.left_at_ms = live.now_ms()
            desk.presence.depart(socket.sid, self.now_s())
            desk.log.forget(socket.sid)
            await self.voice.depart(desk, socket.sid)

    # --- from our own sockets ---
    async def tell_change(self, desk: Desk, timeline: Timeline, event: RoomEventData, cid: str | None = None) -> None:
        self.bus.send(
            room_group(desk.room_id),
            {"t": "move", "room": str(desk.room_id), "tl": frames.pack(timeline), "ev": frames.pack(event), "ack": cid},
        )
        await self._take_event(desk, event, timeline, cid)

    async def tell_event(self, desk: Desk, event: RoomEventData) -> None:
        self.bus.send(room_group(desk.room_id), {"t": "ev", "room": str(desk.room_id), "ev": frames.pack(event)})
        await self._take_event(desk, event)

    async def tell_news(self, desk: Desk, event: RoomEventData, timeline: Timeline | None) -> None:
        if timeline is None:
            await self.tell_event(desk, event)
        else:
            await self.tell_change(desk, timeline, event)

    async def tell_ready(self, desk: Desk, check: ReadyCheck) -> None:
        desk.ready.take(check)
        self.repeat_ready(desk)
        await desk.to_all(desk.ready.frame())

    async def tell_start(self, desk: Desk, change: RoomChange, cid: str | None = None) -> None:
        """The check ends with the start: somebody may object before the next pulse, and it must not begin again."""
        if desk.ready.check.is_open:
            desk.ready.close()
            await self.tell_ready(desk, desk.ready.check)
        await self.tell_change(desk, change.timeline, change.event, cid)

    def repeat_ready(self, desk: Desk) -> None:
        packed = ready.pack(desk.ready.check)
        self.bus.send(room_group(desk.room_id), {"t": "rdy", "room": str(desk.room_id), "check": packed})

    def tell_typing(self, desk: Desk, uid: str, sid: str) -> None:
        if desk.presence.remote:  # fleeting: a process that comes in right now misses nothing that counts
            self.bus.send(room_group(desk.room_id), {"t": "typing", "room": str(desk.room_id), "id": uid})
        desk.hand_out(Parcel(TypingBy(id=uid)), but=sid)

    def note_status(self, desk: Desk, sid: str, status: Status) -> None:
        desk.presence.update(sid, status, self.now_s())
        is_playing = desk.timeline is not None and desk.timeline.playing
        desk.log.note(sid, status, self.now_s(), is_playing=is_playing)

    def lead_ms(self, desk: Desk) -> int:
        return lead_ms(desk.presence.delays(self.now_s()))

    @property
    def knows_others(self) -> bool:
        """What the other processes have to say has been heard for long enough to know who is there."""
        return self.bus.healthy_for_s >= 2 * REPEAT_S

    def knows_people(self, desk: Desk) -> bool:
        """Whether everybody in this room has been heard of: the others have repeated who is there since it opened."""
        return self.knows_others and self.now_s() - desk.opened_at_s >= REPEAT_S + PULSE_S

    def members(self, desk: Desk) -> list[Member]:
        return [seen.member for seen in desk.presence.members(self.now_s()).values()]

    # --- from other processes ---
    async def _hear(self, frame: Frame) -> None:
        desk = self.desks.get(UUID(frame["room"]))
        hear = self._ears.get(frame["t"])  # another version of this server may say more
        if desk is not None and hear is not None:
            await hear(desk, frame)

    async def _hear_event(self, desk: Desk, frame: Frame) -> None:
        timeline = frames.unpack_timeline(frame["tl"]) if "tl" in frame else None
        await self._take_event(desk, frames.unpack_event(frame["ev"]), timeline, frame.get("ack"))

    async def _hear_presence(self, desk: Desk, frame: Frame) -> None:
        desk.presence.hear(frame["from"], self._unpack_seen(frame["m"]))
        desk.presence.is_dirty = desk.presence.is_dirty or frame["changed"]

    async def _hear_typing(self, desk: Desk, frame: Frame) -> None:
        desk.hand_out(Parcel(TypingBy(id=frame["id"])))

    async def _hear_ready(self, desk: Desk, frame: Frame) -> None:
        if desk.ready.take(ready.unpack(frame["check"])):
            await desk.to_all(desk.ready.frame())

    async def _hear_wake(self, desk: Desk, _frame: Frame) -> None:
        desk.catching_up.start_or_repeat(partial(self.catch_up, desk))

    async def _hear_reactions(self, desk: Desk, frame: Frame) -> None:
        desk.reactions.hear(frame.get("item", ""), frame["m"])

    async def _take_event(
        self, desk: Desk, event: RoomEventData, timeline: Timeline | None = None, cid: str | None = None
    ) -> None:
        if desk.seq < 0:  # nobody has entered yet; whoever does reads it
            return
        if timeline is not None:
            await desk.show_timeline(timeline, cid)
        if event.seq == desk.seq + 1:
            await desk.show_event(event)
        if event.seq > desk.told:  # beside it: the other processes have more to say
            desk.catching_up.start_or_repeat(partial(self.catch_up, desk))

    async def catch_up(self, desk: Desk) -> None:
        """Read what somebody here has not heard, and hand it out. A database that is away the audit asks again."""
        async with desk.reading:
            if desk.seq < 0:
                return
            try:
                found = await live.news(room_id=desk.room_id, after_seq=desk.told)
            except DomainError as error:
                log.warning("hub.cannot_catch_up", room=str(desk.room_id), error=error.message)
                return
            await desk.show_timeline(found.timeline)
            for event in found.events:
                await desk.show_event(event)
            if found.power > desk.power_rev:
                await power.refresh(desk)

    async def close_desk(self, desk: Desk) -> None:
        """The last of our people has left; when nobody is elsewhere either, the film waits for them.

        Only who hears the other processes for a while may say that nobody is there.
        """
        if desk.room_id in self.desks:  # somebody came at this very moment, and hears with the same ears
            return
        await self.bus.leave(room_group(desk.room_id), self._hear)
        is_empty = desk.room_id not in self.desks and not desk.presence.members(self.now_s())
        if desk.left_at_ms and self.knows_others and is_empty:
            try:
                await live.rest_room(room_id=desk.room_id, left_at_ms=desk.left_at_ms)
            except DomainError as error:
                log.warning("hub.cannot_rest", room=str(desk.room_id), error=error.message)

    def _unpack_seen(self, packed: dict[str, dict[str, Any]]) -> dict[str, Seen]:
        now_s = self.now_s()
        return {uid: frames.unpack_seen(raw, now_s) for uid, raw in packed.items()}

    def now_s(self) -> float:
        """The loop's clock, without asking for the loop: that asks the kernel which process this is, every time."""
        return self._loop.time()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current() -> Hub:
    """The hub of the running event loop; a web process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
