"""How many API requests Django works on at once: each has a thread and a connection to the database of its own.

Invariant: a rush of people who come back at the same moment never takes the connections that those who are in, the
workers and the rooms need; whoever has to wait waits in order, and not for ever.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

GUARDED = "/api/"  # films are served past this: they may wait long for a part that is being made
AT_ONCE = 40  # of the 200 connections of the embedded database, per web process
PATIENCE_S = 10.0
BUSY = {
    "type": "urn:matinee:problem:busy",
    "title": "Busy",
    "status": 503,
    "code": "busy",
    "detail": "Too many people are here at this moment. Try again in a few seconds.",
}

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Turnstile:
    """ASGI: lets ``at_once`` requests into ``application`` until each begins its answer; 503 after ``patience_s``."""

    def __init__(self, application: Application, *, at_once: int = AT_ONCE, patience_s: float = PATIENCE_S) -> None:
        self._application = application
        self._places = asyncio.Semaphore(at_once)
        self._patience_s = patience_s

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self._application(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._patience_s):
                await self._places.acquire()
        except TimeoutError:
            await _say_busy(send)
            return
        place = _Place(self._places)
        try:
            await self._application(scope, receive, place.watching(send))
        finally:
            place.give_back()


class _Place:
    """Given back once: when the answer begins, or with the request."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def give_back(self) -> None:
        if self._places is not None:
            self._places.release()
            self._places = None

    def watching(self, send: Send) -> Send:
        async def send_and_watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.give_back()
            await send(message)

        return send_and_watch


async def _say_busy(send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"retry-after", b"5")]
    await send({"type": "http.response.start", "status": BUSY["status"], "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(BUSY).encode()})
