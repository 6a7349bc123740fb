"""What a process does about its rooms once a second, whether or not somebody says something.

Invariant: nothing in it waits for the database: whoever is here stays in sight while that is away or frozen.
"""

import asyncio
from functools import partial
from typing import Protocol
from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError
from apps.common.events import room_group
from apps.rooms import live
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.playback import Timeline
from apps.rooms.services import RoomChange
from consumers import frames, power, reactions
from consumers.background import OneAtATime, spawn
from consumers.bus import Bus
from consumers.desk import Desk
from consumers.minding import Minder
from consumers.presence import REPEAT_S
from consumers.protocol.parts import Problem
from consumers.protocol.room_server import Pres, Reacts
from consumers.signalling import Signalling
from consumers.telemetry import Telemetry

log = get_logger(__name__)

PULSE_S = 1.0
AUDIT_S = 2.0  # one small query per process; heals whatever was lost, with or without Redis
CLOCK_S = 5.0


class House(power.Here, Protocol):
    """What the pulse needs of the hub."""

    desks: dict[UUID, Desk]
    bus: Bus
    minder: Minder
    voice: Signalling
    telemetry: Telemetry

    def now_s(self) -> float: ...

    def repeat_ready(self, desk: Desk) -> None: ...

    async def tell_news(self, desk: Desk, event: RoomEventData, timeline: Timeline | None) -> None: ...

    async def tell_start(self, desk: Desk, change: RoomChange) -> None: ...

    async def close_desk(self, desk: Desk) -> None: ...


class Pulse:
    """One per hub; it beats while somebody is in a room."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._beating: asyncio.Task[None] | None = None
        self._clock_look, self._audit_look = OneAtATime(), OneAtATime()
        self._clock_at = self._audited_at = 0.0

    def start(self) -> None:
        """Beats already: nothing happens."""
        if self._beating is None or self._beating.done():
            self._beating = spawn(self._beat())

    async def _beat(self) -> None:
        house = self.house
        while house.desks:
            await asyncio.sleep(PULSE_S)
            self._clock_look.start(self._keep_clock)
            self._audit_look.start(self._audit)
            for desk in list(house.desks.values()):
                await self._tell_presence(desk)
                await self._look_after(desk)
                if not desk.sockets and not desk.presence.own(house.now_s()):
                    del house.desks[desk.room_id]
                    spawn(house.close_desk(desk))
            if not house.desks or house.telemetry.is_due(house.now_s()):
                self._tell_figures()

    async def _look_after(self, desk: Desk) -> None:
        house = self.house
        house.minder.look(desk)
        await house.voice.pulse(desk)
        if power.is_due(house, desk, house.now_s()):
            desk.minding_power.start(partial(power.mind, house, desk))
        if not desk.reactions.is_empty:
            desk.reactions.emptying.start(partial(self._tell_reactions, desk))
        if desk.timeline is None:
            return
        if desk.sockets:
            desk.outlook.tell(desk.room_id, desk.timeline, desk.presence.heights(), house.now_s())
        await self._mind_start(desk, desk.timeline)
        self._mind_end(desk, desk.timeline)

    async def _mind_start(self, desk: Desk, timeline: Timeline) -> None:
        """The start that everybody is ready for, once everybody is known."""
        house, seen = self.house, desk.presence.members(self.house.now_s())
        here = [uid for uid, who in seen.items() if who.member.state not in {"reconnecting", "left"}]
        present, start = here if house.knows_people(desk) else [], partial(house.tell_start, desk)
        if desk.ready.check.is_open and desk.ready.mind(desk.room_id, timeline, present, start):
            await desk.to_all(desk.ready.frame())

    def _mind_end(self, desk: Desk, timeline: Timeline) -> None:
        """The film after this one."""
        desk.board.catch_up(desk.room_id, desk.sockets)
        if desk.board.newest is not None:
            tell = partial(self.house.tell_news, desk)
            look_again = partial(desk.board.refresh, desk.room_id, desk.sockets)
            desk.succession.mind(desk.room_id, timeline, desk.board.newest, tell, look_again)

    def _tell_figures(self) -> None:
        now_s = self.house.now_s()
        figures = {
            desk.room_id: desk.log.figures(now_s, people=len(desk.presence.own(now_s)), talkers=len(desk.voice.local))
            for desk in self.house.desks.values()
        }
        self.house.telemetry.publish(figures, now_s)

    async def _tell_reactions(self, desk: Desk) -> None:
        kept = await desk.reactions.keep(desk.room_id)
        if kept.sums:
            packed = {"item": desk.reactions.item, "m": reactions.pack(kept.sums)}
            self.house.bus.send(room_group(desk.room_id), {"t": "reacts", "room": str(desk.room_id), **packed})
        if shown := desk.reactions.take_news():
            await desk.to_all(Reacts(m=shown))
        await desk.refuse(kept.refused, Problem(code="not_allowed", message="You may not react in this room."))

    async def _tell_presence(self, desk: Desk) -> None:
        now_s, presence = self.house.now_s(), desk.presence
        is_due = now_s - presence.repeated_at >= REPEAT_S
        if not (is_due or presence.is_dirty):
            return
        packed = {uid: frames.pack_seen(seen) for uid, seen in presence.own(now_s).items()}
        self.house.bus.send(
            room_group(desk.room_id),
            {"t": "pres", "room": str(desk.room_id), "m": packed, "changed": presence.is_dirty},
        )
        self.house.voice.repeat(desk)
        if desk.ready.check.is_open:
            self.house.repeat_ready(desk)  # for a process whose first person came later
        presence.repeated_at, presence.is_dirty = now_s, False
        changed = presence.changes(now_s)
        if changed:
            await desk.to_all(Pres(m=changed, full=False))

    async def _audit(self) -> None:
        """Compare revisions and numbers with the database: a push may have been lost, or its sender killed."""
        house = self.house
        if house.now_s() - self._audited_at < AUDIT_S:
            return
        self._audited_at = house.now_s()
        try:
            marks = await live.marks(house.desks)
        except DomainError as error:
            log.warning("pulse.cannot_audit", error=error.message)
            return
        for room_id, mark in marks.items():
            desk = house.desks.get(room_id)
            if desk is not None and (mark.rev > desk.rev or mark.seq > desk.told or mark.power > desk.power_rev):
                desk.catching_up.start_or_repeat(partial(house.catch_up, desk))

    async def _keep_clock(self) -> None:
        if self.house.now_s() - self._clock_at < CLOCK_S:
            return
        self._clock_at = self.house.now_s()
        try:
            await live.probe_clock()
        except DomainError as error:
            log.warning("pulse.clock_unchecked", error=error.message)
