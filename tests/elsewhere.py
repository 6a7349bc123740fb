"""Another connection that runs into a lock: for tests of what waits for what."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

LIMIT_S = 20
Action = Callable[[], object]


class Elsewhere:
    """Runs ``action`` on a connection of its own."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self._pid = 0
        self._pool = ThreadPoolExecutor(1)
        self._end = self._pool.submit(self._run)

    def until_blocked(self) -> None:
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s", [self._pid])
                if cursor.fetchone()[0]:
                    return
            assert not self._end.done()
            time.sleep(0.01)
        raise AssertionError("it was never blocked")

    def join(self) -> None:
        self._end.result(LIMIT_S)
        self._pool.shutdown()

    def _run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._pid = cursor.fetchone()[0]
            self._action()
        finally:
            connection.close()
