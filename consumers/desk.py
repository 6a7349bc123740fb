"""One room in this process: its sockets, who is here, and the newest they were told.

Invariant: a socket gets every event of its room once and in order, and never an older timeline after a newer one. A
frame is handed to all sockets in one go, without a pause in which another could overtake it.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.playback import Timeline
from apps.rooms.selectors import Power
from consumers import frames
from consumers.background import OneAtATime
from consumers.board import BoardDesk
from consumers.hosting import HostWatch
from consumers.lanes import Lanes
from consumers.outlook import Outlook
from consumers.presence import Presence
from consumers.protocol import ServerFrame
from consumers.protocol.parts import Problem, You
from consumers.protocol.room_server import Bye, Res
from consumers.reactions import Basket
from consumers.ready import ReadyDesk
from consumers.succession import Succession
from consumers.telemetry import RoomLog
from consumers.voice import VoiceGroup
from consumers.waits import Waits
from consumers.wire import Parcel


class RoomSocket(Protocol):
    """What the hub needs of a consumer. ``rev``, ``seq``, ``power``: the newest it was sent; -1 before ``welcome``."""

    sid: str
    rev: int
    seq: int
    power: int
    you: You | None

    @property
    def uid(self) -> str: ...

    @property
    def put(self) -> Callable[[Parcel], None]: ...

    async def leave(self, bye: Bye, code: int | None = None) -> None: ...


@dataclass
class Desk:
    """One room in this process. ``seq`` and ``rev``: the newest that its sockets were handed; -1 until one entered.

    ``opened_at_s``: own clock; while it is not said, nobody else has been heard of.
    """

    room_id: UUID
    opened_at_s: float = float("inf")
    sockets: dict[str, RoomSocket] = field(default_factory=dict)
    lanes: Lanes = field(default_factory=Lanes)
    presence: Presence = field(default_factory=Presence)
    seq: int = -1
    rev: int = -1
    timeline: Timeline | None = None
    power: Power | None = None
    host: HostWatch = field(default_factory=HostWatch)
    minding_power: OneAtATime = field(default_factory=OneAtATime)
    waits: Waits = field(default_factory=Waits)
    left_at_ms: float = 0.0
    outlook: Outlook = field(default_factory=Outlook)
    reactions: Basket = field(default_factory=Basket)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    catching_up: OneAtATime = field(default_factory=OneAtATime)
    voice: VoiceGroup = field(default_factory=VoiceGroup)
    voice_judged_at: float = 0.0
    judging: OneAtATime = field(default_factory=OneAtATime)
    log: RoomLog = field(default_factory=RoomLog)
    board: BoardDesk = field(default_factory=BoardDesk)
    succession: Succession = field(default_factory=Succession)
    ready: ReadyDesk = field(default_factory=ReadyDesk)

    @property
    def power_rev(self) -> int:
        return self.power.rev if self.power is not None else -1

    @property
    def told(self) -> int:
        """The number up to which everybody here has heard everything."""
        return min([self.seq, *(socket.seq for socket in self.sockets.values() if socket.rev >= 0)])

    def note(self, timeline: Timeline) -> None:
        if timeline.rev > self.rev:
            self.reactions.follow(timeline.item)
            self.waits.ledger.note(self.timeline, timeline)
            self.rev, self.timeline = timeline.rev, timeline

    async def to_all(self, frame: ServerFrame) -> None:
        self.hand_out(Parcel(frame))

    def hand_out(self, parcel: Parcel, *, but: str = "") -> None:
        others = [] if len(self.lanes) == len(self.sockets) else self.sockets.keys() - self.lanes.sids - {but}
        self.lanes.write(parcel.wire, but=but)
        for socket in [self.sockets[sid] for sid in others]:
            if socket.rev >= 0:
                socket.put(parcel)

    async def refuse(self, people: Collection[UUID], problem: Problem) -> None:
        """Tell those of ``people`` who are here; nobody else hears of it."""
        for socket in list(self.sockets.values()):
            if UUID(socket.uid) in people:
                socket.put(Parcel(Res(cid=None, ok=False, rev=max(socket.rev, 0), err=problem)))

    async def show_timeline(self, timeline: Timeline, ack: str | None = None) -> None:
        self.note(timeline)
        parcel = Parcel(frames.tl(timeline, ack))
        for socket in list(self.sockets.values()):
            if 0 <= socket.rev < timeline.rev:
                socket.rev = timeline.rev
                socket.put(parcel)

    async def show_event(self, event: RoomEventData) -> None:
        """To those who have heard everything before it; the others are behind, see ``told``."""
        self.seq = max(self.seq, event.seq)
        parcel = Parcel(frames.ev(event))
        for socket in list(self.sockets.values()):
            if socket.rev >= 0 and socket.seq + 1 == event.seq:
                socket.seq = event.seq
                socket.put(parcel)
        if self.board.is_touched_by(event.kind):
            self.board.refresh(self.room_id, self.sockets)
        if event.kind is EventKind.KICKED and event.uid:
            await self._show_out(event.uid, Bye(code=4003, why="You were removed from this room.", retry_ms=None))
        if event.kind is EventKind.CLOSED:
            await self._show_out(None, Bye(code=4004, why="The room was closed.", retry_ms=None))

    async def _show_out(self, uid: str | None, bye: Bye) -> None:
        for socket in list(self.sockets.values()):
            if uid is None or socket.uid == uid:
                await socket.leave(bye)
        if uid is not None:
            self.presence.remove(uid)
            self.voice.remove(uid)
