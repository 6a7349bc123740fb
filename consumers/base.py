"""The shell around both sockets, and the only place that catches errors: a refusal goes to its sender, nobody else.

Invariant: ``receive`` never waits for a database or for Redis. Slow work runs in one task per socket, in order.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import InterfaceError, OperationalError

from apps.accounts.domain import Person
from apps.common.errors import DomainError, Forbidden, NotFound, TooMany, Unauthenticated, Unavailable
from apps.common.events import user_group
from consumers import auth, hub
from consumers.background import spawn
from consumers.bus import Frame
from consumers.line import Line, Send
from consumers.protocol import ServerFrame
from consumers.protocol.room_server import Bye
from consumers.transport import line_of
from consumers.wire import Parcel

DATABASE_AWAY = (OperationalError, InterfaceError)
CLOSE_CODE_OF: dict[type[DomainError], int] = {Unauthenticated: 4001, Forbidden: 4003, NotFound: 4004}
RETRY_MS = 2_000
TOO_MANY_MS = 5_000
TODO_MAX = 300  # one burst of voice signalling, and some more

Work = Callable[[], Awaitable[None]]


def _nowhere(_parcel: Parcel) -> None:
    """Where frames go before the socket was accepted."""


class SocketShell(AsyncConsumer):
    """Subclasses say ``purpose``, ``opened`` (after the ticket), ``websocket_receive`` and ``pushed`` (user group)."""

    purpose: ClassVar[str]
    person: Person
    line: Line
    here: hub.Hub
    room_id: UUID | None = None

    def __init__(self) -> None:
        self.is_open = False
        self.put: Callable[[Parcel], None] = _nowhere
        self._todo: list[Work] = []  # short, and an empty deque would take 600 bytes of every socket
        self._worker: asyncio.Task[None] | None = None

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
    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        """The parent's has a task for each message, to listen to a channel besides; ours have none."""
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without the parent's thread hop per message, which would hold clock probes behind a slow database."""
        if message["type"] == "websocket.receive" and not self.is_open:
            return  # sent before the client heard our goodbye
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        self.here = hub.current()
        if auth.SUBPROTOCOL not in self.scope["subprotocols"]:
            await self.send({"type": "websocket.close"})
            return
        await self.send({"type": "websocket.accept", "subprotocol": auth.SUBPROTOCOL})
        self.line = line_of(self.base_send, self._give_up)
        self.put = self.line.put  # of frames that were built once for all who get them; never waits
        self.is_open = True
        self.here.open_sockets.add(self)
        self.later(self._open)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        raise NotImplementedError

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        """The worker goes on: a command that was sent before the socket closed still reaches the others."""
        self.is_open = False
        self.put = _nowhere
        if hasattr(self, "line"):
            self.line.drop()
        self.here.open_sockets.discard(self)
        self._queue(self._clear_away)  # behind an entrance that is still under way, which would stay for ever
        raise StopConsumer

    async def _clear_away(self) -> None:
        self.here.doorkeeper.forget(self)
        await self.closed()
        if hasattr(self, "person"):
            await self.here.bus.leave(user_group(self.person.id), self._on_push)

    # --- sending ---
    async def send_frame(self, frame: ServerFrame) -> None:
        self.put(Parcel(frame))

    async def leave(self, bye: Bye, code: int | None = None) -> None:
        """Say why, then close, with ``code`` where it is another than the goodbye's."""
        self._hang_up(bye, code or bye.code)

    def _hang_up(self, bye: Bye, code: int) -> None:
        if self.is_open:
            self.is_open = False
            self.line.finish(Parcel(bye), code)

    def _give_up(self) -> None:
        bye = Bye(code=4008, why="Your connection could not keep up. Trying again.", retry_ms=RETRY_MS)
        self._hang_up(bye, bye.code)

    # --- the edge ---
    async def guard(self, work: Work) -> None:
        try:
            await work()
        except DomainError as error:
            await self.refuse(error)
        except DATABASE_AWAY:
            await self.refuse(Unavailable("The server's database does not answer. Try again in a moment."))

    def later(self, work: Work) -> None:
        """Queue slow work; one task per socket does it in order. While a database is frozen the queue has an end.

        Those who have gone are asked nothing more: a full queue is thrown away, and theirs holds what clears them away.
        """
        if not self.is_open:
            return
        if len(self._todo) >= TODO_MAX:
            self._todo.clear()
            self._give_up()
        else:
            self._queue(work)

    def _queue(self, work: Work) -> None:
        self._todo.append(work)
        if self._worker is None or self._worker.done():  # done: it stumbled over a fault of ours
            self._worker = spawn(self._work())

    async def _work(self) -> None:
        while self._todo:
            await self.guard(self._todo.pop(0))
        self._worker = None

    # --- who is it, and may they stay ---
    async def _open(self) -> None:
        try:
            async with self.here.doorway:
                if not self.is_open:  # they went while they stood here; nothing of theirs has begun
                    self._todo.clear()
                    return
                self.person = await auth.person_of(
                    self.scope["subprotocols"], purpose=self.purpose, room_id=self.room_id
                )
        except (DomainError, *DATABASE_AWAY) as error:
            self._todo.clear()
            await self.turn_away(error)
            return
        await self.here.bus.join(user_group(self.person.id), self._on_push)
        self.here.doorkeeper.admit(self)
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
            self.later(partial(self.here.doorkeeper.ask, [self]))  # the bus waits for nobody's database
        else:
            await self.pushed(frame)

    async def watched(self) -> None:
        """Called about as often as it is asked whether this person may stay."""
