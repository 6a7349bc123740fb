"""The way out of one socket: what is put in leaves in order, and a reader who does not keep up costs little.

Invariant: nothing here waits. Behind a full buffer only what still counts is kept (``backlog``); who stays behind for
``PATIENCE_S`` or misses too much is given up.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from autobahn.exception import Disconnected

from consumers.background import spawn
from consumers.backlog import Backlog
from consumers.lanes import Lanes
from consumers.wire import Parcel

PATIENCE_S = 20.0
GONE = (Disconnected, OSError)  # daphne's word and the ASGI specification's for a connection that broke a moment ago
BUFFER_BYTES = 64 * 1024  # twisted's own mark: a buffer with more than this pauses whoever writes into it

Send = Callable[[Any], Awaitable[None]]  # of ASGI messages
GiveUp = Callable[[], None]


def _nothing() -> None:
    """What is left to do when the connection is gone."""


class Line:
    """Subclasses write; ``give_up`` is called once when the reader is too slow, and has to ``finish``."""

    __slots__ = ("_backlog", "_give_up", "_patience", "is_over")

    def __init__(self, give_up: GiveUp) -> None:
        self._give_up = give_up
        self._backlog: Backlog | None = None
        self._patience: asyncio.TimerHandle | None = None
        self.is_over = False

    # --- for subclasses ---
    def _write(self, parcel: Parcel) -> None:
        raise NotImplementedError

    def _close(self, code: int) -> None:
        raise NotImplementedError

    # --- for consumers ---
    def enter(self, lanes: Lanes, sid: str) -> None:
        """What is written to everybody in the room goes there by ``lanes`` while this way out has an open one."""

    def exit(self) -> None:
        """No more of that."""

    def put(self, parcel: Parcel) -> None:
        if self._backlog is None:
            if not self.is_over:
                self._write(parcel)
        elif not self._backlog.keep(parcel):
            self._give_up()

    def finish(self, last: Parcel, code: int) -> None:
        """The last words, then the close frame. What was kept is not sent any more."""
        if not self.is_over:
            self.is_over = True
            self._go_on()
            self._write(last)
            self._close(code)

    def drop(self) -> None:
        """The connection is gone: nothing is written any more, and nothing leads back to the one who wrote.

        Without the last part each socket would stay in memory until the collector looks at old objects.
        """
        self.is_over = True
        self._go_on()
        self._give_up = _nothing

    # --- from the transport ---
    def pause(self) -> None:
        """The buffer is full. May be called again while it is."""
        if self._backlog is None and not self.is_over:
            self._backlog = Backlog()
            self._patience = asyncio.get_running_loop().call_later(PATIENCE_S, self._give_up)

    def resume(self) -> None:
        """The buffer is empty. What was kept may fill it again, and the rest is kept again."""
        for parcel in self._go_on():
            self.put(parcel)

    def _go_on(self) -> list[Parcel]:
        if self._patience is not None:
            self._patience.cancel()
        kept = self._backlog.parcels() if self._backlog is not None else []
        self._backlog = self._patience = None
        return kept


class AsgiLine(Line):
    """Any ASGI server. Its ``send`` may wait, so one task per socket does that while there is something to send."""

    __slots__ = ("_buffer", "_buffered_bytes", "_send", "_sender")

    def __init__(self, send: Send, give_up: GiveUp) -> None:
        super().__init__(give_up)
        self._send = send
        self._buffer: deque[dict[str, Any]] = deque()
        self._buffered_bytes = 0
        self._sender: asyncio.Task[None] | None = None

    def _write(self, parcel: Parcel) -> None:
        self._buffered_bytes += len(parcel.text)
        self._hand_over({"type": "websocket.send", "text": parcel.text})
        if self._buffered_bytes > BUFFER_BYTES:
            self.pause()

    def _close(self, code: int) -> None:
        self._hand_over({"type": "websocket.close", "code": code})

    def _hand_over(self, message: dict[str, Any]) -> None:
        self._buffer.append(message)
        if self._sender is None or self._sender.done():
            self._sender = spawn(self._send_all())

    def drop(self) -> None:
        super().drop()
        self._buffer.clear()

    async def _send_all(self) -> None:
        while self._buffer:
            message = self._buffer.popleft()
            try:
                await self._send(message)
            except GONE:
                self.drop()
            self._buffered_bytes -= len(message.get("text", ""))
            if not self._buffer:
                self.resume()
