"""The one module that knows daphne's reactor: run something before it goes down, and close sockets with 1012 then.

Daphne cancels its applications on SIGTERM only when no connection was opened within the last second (it trips over
those that have no application yet), so goodbyes cannot hang on that.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

SERVICE_RESTART = 1012  # the registered close code for "come back, perhaps elsewhere" (IANA, RFC 6455 section 11.7)


def before_shutdown(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Under daphne ``work`` is awaited after SIGTERM, before sockets are dropped. Elsewhere this does nothing."""
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is None or not reactor.running:
        return
    from twisted.internet.defer import Deferred

    _let_close_for_restart()
    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromFuture(asyncio.ensure_future(work())))


def _let_close_for_restart() -> None:
    """Daphne closes by a call that takes no registered code but 1000; the one below it takes any."""
    from daphne.ws_protocol import WebSocketProtocol

    usual = WebSocketProtocol.serverClose

    def server_close(protocol: Any, code: int | None = None) -> None:
        if code == SERVICE_RESTART:
            protocol.sendCloseFrame(code=code)
        else:
            usual(protocol, code)

    WebSocketProtocol.serverClose = server_close
