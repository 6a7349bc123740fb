"""One channel per process on the channel layer: groups in, frames out, and whether Redis answers.

Invariant: nothing here ever makes a socket wait or fail. Without Redis frames to other processes are dropped; whoever
needs certainty reads the database, as ``hub`` does while ``is_healthy`` is false.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from channels.layers import get_channel_layer
from redis.exceptions import RedisError
from structlog import get_logger

from apps.common.events import publish_now
from consumers.background import spawn

log = get_logger(__name__)

Frame = dict[str, Any]
Handler = Callable[[Frame], Awaitable[None]]

BEAT_S = 1.0
SILENT_AFTER_S = 3.5  # beats that come back prove both ways through Redis
RENEW_AFTER_S = 12.0
CALL_TIMEOUT_S = 2.0
OUTBOX_MAX = 2_000
AWAY = (RedisError, OSError)  # OSError: refused, reset, and asyncio's TimeoutError


def _layer() -> Any:
    return get_channel_layer()


class Bus:
    def __init__(self) -> None:
        self.me = uuid4().hex
        self.channel = f"matinee.process.{self.me}"
        self.handlers: dict[str, set[Handler]] = {}
        self._added: set[str] = set()
        self._outbox: asyncio.Queue[tuple[str, Frame]] = asyncio.Queue(OUTBOX_MAX)
        self._heard_at = 0.0
        self._healthy_since = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_healthy(self) -> bool:
        return asyncio.get_running_loop().time() - self._heard_at < SILENT_AFTER_S

    @property
    def healthy_for_s(self) -> float:
        """How long frames have come through without a break."""
        return asyncio.get_running_loop().time() - self._healthy_since if self.is_healthy else 0.0

    def start(self) -> None:
        """Idempotent; the tasks live as long as the event loop."""
        if not self._tasks:
            self._tasks = [spawn(work()) for work in (self._listen, self._send_all, self._beat)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def join(self, group: str, handler: Handler) -> None:
        """Hear ``group``. While Redis is away the beat subscribes later, so that nobody waits at the door."""
        self.start()
        self.handlers.setdefault(group, set()).add(handler)
        if group not in self._added and (self.is_healthy or not self._heard_at):
            await self._add(group)

    async def leave(self, group: str, handler: Handler) -> None:
        handlers = self.handlers.get(group, set())
        handlers.discard(handler)
        if not handlers and self.handlers.pop(group, None) is not None:
            self._added.discard(group)
            if self.is_healthy:
                await self._call(_layer().group_discard(group, self.channel))
            if group in self.handlers:  # somebody joined meanwhile, and Redis may have heard of it first
                self._added.discard(group)
                await self._add(group)

    def send(self, group: str, frame: Frame) -> None:
        """Hand a frame to the other processes, in order, without waiting. Full or no Redis: it is dropped."""
        if not self._outbox.full():
            self._outbox.put_nowait((group, {**frame, "from": self.me}))

    async def _add(self, group: str) -> None:
        await asyncio.sleep(0)  # a listener that was just spawned makes our channel known to the layer first
        if await self._call(_layer().group_add(group, self.channel)):
            self._added.add(group)

    async def _call(self, work: Awaitable[Any]) -> bool:
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):  # not wait_for, which may swallow a cancellation (bpo-37658)
                await work
        except AWAY as error:
            log.warning("bus.away", error=str(error) or type(error).__name__)
            return False
        return True

    async def _listen(self) -> None:
        while True:
            try:
                message = await _layer().receive(self.channel)
            except AWAY:
                await asyncio.sleep(BEAT_S)
                continue
            now_s = asyncio.get_running_loop().time()
            if now_s - self._heard_at >= SILENT_AFTER_S:
                self._healthy_since = now_s
            self._heard_at = now_s
            frame = message.get("frame", {})
            if message["type"] == "push" and frame.get("from") != self.me:
                for handler in list(self.handlers.get(message.get("group", ""), ())):
                    await handler(frame)

    async def _send_all(self) -> None:
        while True:
            group, frame = await self._outbox.get()
            await self._call(publish_now(group, frame))

    async def _beat(self) -> None:
        """Prove that Redis carries our frames; add groups again that it did not take; start over after long silence."""
        silent_s = 0.0
        while True:
            await self._call(_layer().send(self.channel, {"type": "beat"}))
            await asyncio.sleep(BEAT_S)
            silent_s = 0.0 if self.is_healthy else silent_s + BEAT_S
            if self._tasks[0].done():
                self._tasks[0] = spawn(self._listen())
            if silent_s >= RENEW_AFTER_S and await self._call(_layer().flush()):
                silent_s = 0.0
                self._added.clear()
                self._tasks[0].cancel()
                self._tasks[0] = spawn(self._listen())
            for group in set(self.handlers) - self._added:
                await self._add(group)
