"""The shell around both sockets, and the only place that catches errors: a refusal goes to its sender, nobody else.

Invariant: ``receive`` never waits for a database or for Redis. Slow work runs in one task per socket, in order.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from uuid import UUID

from autobahn.exception import Disconnected
from channels.consumer import AsyncConsumer
from channels.db import aclose_old_connections
from channels.exceptions import StopConsumer
from django.db import InterfaceError, OperationalError
from structlog import get_logger

from apps.accounts import live as accounts
from apps.accounts.domain import Person
from apps.common.errors import DomainError, Forbidden, NotFound, TooMany, Unauthenticated, Unavailable
from apps.common.events import user_group
from consumers import auth, hub, strict
from consumers.background import spawn
from consumers.bus import Frame
from consumers.protocol import ServerFrame
from consumers.protocol.room_server import Bye

log = get_logger(__name__)

RECHECK_S = 30.0
RECHECK_WITHOUT_BUS_S = 5.0
DATABASE_AWAY = (OperationalError, InterfaceError)
GONE = (Disconnected, OSError)  # daphne's word and the ASGI specification's for a connection that broke a moment ago
CLOSE_CODE_OF: dict[type[DomainError], int] = {Unauthenticated: 4001, Forbidden: 4003, NotFound: 4004}
RETRY_MS = 2_000
TOO_MANY_MS = 5_000

Work = Callable[[], Awaitable[None]]


class SocketShell(AsyncConsumer):
    """Subclasses say ``purpose``, ``opened`` (after the ticket), ``websocket_receive`` and ``pushed`` (user group)."""

    channel_layer_alias = "none"  # the hub's bus is the one channel of this process
    purpose: ClassVar[str]
    person: Person
    room_id: UUID | None = None

    def __init__(self) -> None:
        self.is_open = False
        self._todo: deque[Work] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None

    # --- for subclasses ---
    async def opened(self) -> None:
        raise NotImplementedError

    async def closed(self) -> None:
        raise NotImplementedError

    async def pushed(self, frame: Frame) -> None:
        """A push to this person's group."""

    async def refuse(self, error: DomainError) -> None:
        raise NotImplementedError

    # --- ASGI ---
    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without the parent's thread hop per message, which would hold clock probes behind a slow database."""
        if message["type"] == "websocket.receive" and not self.is_open:
            return  # sent before the client heard our goodbye
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        if auth.SUBPROTOCOL not in self.scope["subprotocols"]:
            await self.send({"type": "websocket.close"})
            return
        await self.send({"type": "websocket.accept", "subprotocol": auth.SUBPROTOCOL})
        self.is_open = True
        hub.current().open_sockets.add(self)
        self.later(self._open)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        raise NotImplementedError

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        """The worker goes on: a command that was sent before the socket closed still reaches the others."""
        self.is_open = False
        hub.current().open_sockets.discard(self)
        self.later(self._clear_away)  # behind an entrance that is still under way, which would stay for ever
        raise StopConsumer

    async def _clear_away(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        await self.closed()
        if hasattr(self, "person"):
            await hub.current().bus.leave(user_group(self.person.id), self._on_push)

    # --- sending ---
    async def send_text(self, text: str) -> None:
        """Never fails: whoever else was to be told would not hear of it."""
        if not self.is_open:
            return
        try:
            await self.send({"type": "websocket.send", "text": text})
        except GONE:
            self.is_open = False  # the server will tell us of the end, too

    async def send_frame(self, frame: ServerFrame) -> None:
        await self.send_text(strict.encode(frame))

    async def leave(self, bye: Bye, code: int | None = None) -> None:
        """Say why, then close, with ``code`` where it is another than the goodbye's."""
        await self.send_frame(bye)
        if self.is_open:
            self.is_open = False
            await self.send({"type": "websocket.close", "code": code or bye.code})

    # --- the edge ---
    async def guard(self, work: Work) -> None:
        try:
            await work()
        except DomainError as error:
            await self.refuse(error)
        except DATABASE_AWAY:
            await self.refuse(Unavailable("The server's database does not answer. Try again in a moment."))

    def later(self, work: Work) -> None:
        """Queue slow work; one task per socket does it in order."""
        self._todo.append(work)
        if self._worker is None or self._worker.done():
            self._worker = spawn(self._work())

    async def _work(self) -> None:
        while self._todo:
            await self.guard(self._todo.popleft())

    # --- who is it, and may they stay ---
    async def _open(self) -> None:
        try:
            await aclose_old_connections()
            self.person = await auth.person_of(self.scope["subprotocols"], purpose=self.purpose, room_id=self.room_id)
        except (DomainError, *DATABASE_AWAY) as error:
            self._todo.clear()
            await self.turn_away(error)
            return
        await hub.current().bus.join(user_group(self.person.id), self._on_push)
        self._watcher = spawn(self._watch())
        await self.opened()

    async def turn_away(self, error: Exception) -> None:
        """Close with the code that tells a browser whether coming back makes sense."""
        if isinstance(error, DomainError) and type(error) in CLOSE_CODE_OF:
            await self.leave(Bye(code=CLOSE_CODE_OF[type(error)], why=error.message, retry_ms=None))
        elif isinstance(error, TooMany):
            await self.leave(Bye(code=4029, why=error.message, retry_ms=TOO_MANY_MS))
        else:
            away = Bye(code=4010, why="The server is not ready. Coming back soon.", retry_ms=RETRY_MS)
            await self.leave(away)

    async def _on_push(self, frame: Frame) -> None:
        if frame.get("t") == "signed_out":
            await self._recheck()
        else:
            await self.pushed(frame)

    async def _watch(self) -> None:
        while self.is_open:
            await asyncio.sleep(RECHECK_S if hub.current().bus.is_healthy else RECHECK_WITHOUT_BUS_S)
            await self._recheck()
            await self.watched()

    async def watched(self) -> None:
        """Called after each recheck."""

    async def _recheck(self) -> None:
        try:
            await aclose_old_connections()
            is_welcome = await accounts.is_still_welcome(self.person)
        except DATABASE_AWAY as error:
            log.warning("socket.unchecked", error=str(error))
            return
        if not is_welcome:
            await self.leave(Bye(code=4001, why="You were signed out.", retry_ms=None))
