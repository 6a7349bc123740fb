"""The one module that knows daphne's reactor: run something before it goes down.

Daphne cancels its applications on SIGTERM only when no connection was opened within the last second (it trips over
those that have no application yet), so goodbyes cannot hang on that.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any


def before_shutdown(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Under daphne ``work`` is awaited after SIGTERM, before sockets are dropped. Elsewhere this does nothing."""
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is None or not reactor.running:
        return
    from twisted.internet.defer import Deferred

    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromFuture(asyncio.ensure_future(work())))
