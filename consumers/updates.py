"""``/ws/updates``: everything that concerns one person, as it happens. The first frame says how things are.

Invariant: a snapshot may come again at any time, so a lost push only delays the screen.
"""

import asyncio
from typing import Any, ClassVar

from channels.db import database_sync_to_async

from apps.accounts.domain import TicketPurpose
from apps.common.errors import DomainError, TooMany
from apps.movie_requests import selectors as movie_requests
from consumers import hub
from consumers.base import SocketShell
from consumers.bus import Frame
from consumers.limits import Meter, Verdict
from consumers.protocol.room_server import Bye
from consumers.wire import Parcel


class UpdatesConsumer(SocketShell):
    """Forwards pushes of one person's group. The client has nothing to say here."""

    purpose: ClassVar[str] = TicketPurpose.UPDATES

    def __init__(self) -> None:
        super().__init__()
        self.meter = Meter()
        self.was_healthy = True

    async def opened(self) -> None:
        await self._snapshot()

    async def closed(self) -> None:
        """Nothing to give back."""

    async def websocket_receive(self, _message: dict[str, Any]) -> None:
        if self.meter.take("", asyncio.get_running_loop().time()) is Verdict.CLOSE:
            await self.leave(Bye(code=4029, why="Too many frames.", retry_ms=5_000))
        else:
            await self.refuse(TooMany("This socket only listens.", retry_after_s=1))

    async def refuse(self, error: DomainError) -> None:
        """Nothing was asked, so there is nothing to answer; the watch tries the snapshot again."""
        self.was_healthy = False

    async def pushed(self, frame: Frame) -> None:
        self.put(Parcel(frame))

    async def watched(self) -> None:
        """Without Redis, and once when it is back: the whole state again, because pushes were lost."""
        is_healthy = hub.current().bus.is_healthy
        was_healthy, self.was_healthy = self.was_healthy, is_healthy
        if not (is_healthy and was_healthy):
            await self.guard(self._snapshot)

    async def _snapshot(self) -> None:
        found = await database_sync_to_async(movie_requests.snapshot, thread_sensitive=False)(self.person.id)
        self.put(Parcel({"t": "snap", **found}))
