"""How many API requests Django works on at once: each has a thread and a connection to the database of its own.

Invariant: a rush of people who come back at the same moment never takes the connections that those who are in, the
workers and the rooms need; whoever has to wait waits in order, and not for ever.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

GUARDED = "/api/"  # films are served past this: they may wait long for a part that is being made
AT_ONCE = 40  # of the 200 connections of the database, per web process
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
    """ASGI: lets ``at_once`` requests into ``application``, which is over when their connections are closed; 503 after
    ``patience_s``. Nobody stays for a slow reader: daphne takes an answer at once, and no answer here is a stream.
    """

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
        try:
            await self._application(scope, receive, send)
        finally:
            self._places.release()


async def _say_busy(send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"retry-after", b"5")]
    await send({"type": "http.response.start", "status": BUSY["status"], "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(BUSY).encode()})
