"""Who may stay: asked for the sockets of this process together, for each about every half minute.

Invariant: however many sockets there are, one question is in the database at a time; a database that is away turns
nobody out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from django.db import InterfaceError, OperationalError
from structlog import get_logger

from apps.accounts import live as accounts
from apps.accounts.domain import Person
from consumers.background import spawn
from consumers.bus import Bus
from consumers.protocol.room_server import Bye

log = get_logger(__name__)

ROUND_S = 1.0
RECHECK_S = 30.0
RECHECK_WITHOUT_BUS_S = 5.0  # nobody tells us of those who sign out


class Visitor(Protocol):
    person: Person

    def later(self, work: Callable[[], Awaitable[None]]) -> None: ...

    async def leave(self, bye: Bye, code: int | None = None) -> None: ...

    async def watched(self) -> None: ...


class Doorkeeper:
    """One per process."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._asked_at: dict[Visitor, float] = {}
        self._rounds: asyncio.Task[None] | None = None

    def admit(self, visitor: Visitor) -> None:
        """Their ticket has just been good."""
        self._asked_at[visitor] = asyncio.get_running_loop().time()
        if self._rounds is None or self._rounds.done():
            self._rounds = spawn(self._go_round())

    def forget(self, visitor: Visitor) -> None:
        self._asked_at.pop(visitor, None)

    async def ask(self, visitors: Collection[Visitor]) -> None:
        """Show out those who may not stay."""
        try:
            welcome = await accounts.still_welcome([visitor.person for visitor in visitors])
        except (OperationalError, InterfaceError) as error:
            log.warning("socket.unchecked", error=str(error))
            return
        for visitor in visitors:
            if visitor.person not in welcome:
                await visitor.leave(Bye(code=4001, why="You were signed out.", retry_ms=None))

    async def _go_round(self) -> None:
        while self._asked_at:
            await asyncio.sleep(ROUND_S)
            now_s = asyncio.get_running_loop().time()
            every_s = RECHECK_S if self._bus.is_healthy else RECHECK_WITHOUT_BUS_S
            due = [visitor for visitor, asked_at in self._asked_at.items() if now_s - asked_at >= every_s]
            for visitor in due:
                self._asked_at[visitor] = now_s
                visitor.later(visitor.watched)
            if due:
                await self.ask(due)
