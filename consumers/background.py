"""Tasks that nobody awaits: a fault of ours in one is logged when it happens, not when the task is collected."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from structlog import get_logger

log = get_logger(__name__)


def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("background.failed", exc_info=task.exception())
