"""Tasks that nobody awaits: a fault of ours in one is logged when it happens, not when the task is collected."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from structlog import get_logger

log = get_logger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


class OneAtATime:
    """Work that runs beside something else, and is not begun again before it has ended."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._next: Work | None = None

    def start(self, work: Work) -> None:
        """Left out while it is under way."""
        if self._task is None or self._task.done():
            self._task = spawn(work())

    def start_or_repeat(self, work: Work) -> None:
        """While it is under way, once more afterwards: it may have looked before there was something to see."""
        if self._task is None or self._task.done():
            self._task = spawn(self._until_done(work))
        else:
            self._next = work

    async def _until_done(self, work: Work) -> None:
        await work()
        while self._next is not None:
            work, self._next = self._next, None
            await work()


def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("background.failed", exc_info=task.exception())
