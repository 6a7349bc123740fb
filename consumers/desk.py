"""One room in this process: its sockets, who is here, and the newest they were told.

Invariant: a socket gets every event of its room once and in order, and never an older timeline after a newer one. A
frame is handed to all sockets in one go, without a pause in which another could overtake it.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.playback import Timeline
from consumers import frames
from consumers.background import OneAtATime
from consumers.outlook import Outlook
from consumers.presence import Presence
from consumers.protocol import ServerFrame
from consumers.protocol.room_server import Bye
from consumers.wire import Parcel


class RoomSocket(Protocol):
    """What the hub needs of a consumer. ``rev`` and ``seq``: the newest it was sent; ``rev`` -1 before ``welcome``."""

    sid: str
    rev: int
    seq: int

    @property
    def uid(self) -> str: ...

    def put(self, parcel: Parcel) -> None: ...

    async def leave(self, bye: Bye) -> None: ...


@dataclass
class Desk:
    """One room in this process. ``seq`` and ``rev``: the newest that its sockets were handed; -1 until one entered."""

    room_id: UUID
    sockets: dict[str, RoomSocket] = field(default_factory=dict)
    presence: Presence = field(default_factory=Presence)
    seq: int = -1
    rev: int = -1
    timeline: Timeline | None = None
    waits: dict[str, deque[float]] = field(default_factory=dict)
    left_at_ms: float = 0.0
    outlook: Outlook = field(default_factory=Outlook)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    minding: OneAtATime = field(default_factory=OneAtATime)
    catching_up: OneAtATime = field(default_factory=OneAtATime)

    def note(self, timeline: Timeline) -> None:
        if timeline.rev > self.rev:
            self.rev, self.timeline = timeline.rev, timeline

    def waits_for(self, uid: str) -> bool:
        return bool(self.timeline and self.timeline.wait and uid in self.timeline.wait.waiting_for)

    async def to_all(self, frame: ServerFrame, *, but: str = "") -> None:
        parcel = Parcel(frame)
        for sid, socket in list(self.sockets.items()):
            if sid != but and socket.rev >= 0:
                socket.put(parcel)

    async def show_timeline(self, timeline: Timeline, ack: str | None = None) -> None:
        self.note(timeline)
        parcel = Parcel(frames.tl(timeline, ack))
        for socket in list(self.sockets.values()):
            if 0 <= socket.rev < timeline.rev:
                socket.rev = timeline.rev
                socket.put(parcel)

    async def show_event(self, event: RoomEventData) -> None:
        self.seq = max(self.seq, event.seq)
        parcel = Parcel(frames.ev(event))
        for socket in list(self.sockets.values()):
            if socket.rev >= 0 and socket.seq < event.seq:
                socket.seq = event.seq
                socket.put(parcel)
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
