"""Room time: the database's clock, as each process estimates it from its own monotonic clock.

Invariant: ``now_ms`` never touches the database, so a probe from a browser is answered at once.
"""

import threading
import time

from django.db import connection

from apps.rooms.domain.clock import ClockEstimate, Probe

FIRST_PROBES = 5
KEEP = 12  # one every 5 s: a minute, in which two machines' clocks part by a millisecond at most


def database_now_ms() -> float:
    """One round trip. Inside a transaction too this is the present moment, not the transaction's start."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8 * 1000")
        row = cursor.fetchone()
    return float(row[0])


def _own_ms() -> float:
    return time.monotonic() * 1000


class RoomClock:
    """One per process; ``probe`` now and then keeps it true."""

    def __init__(self) -> None:
        self._estimate = ClockEstimate(keep=KEEP)
        self._offset_ms: float | None = None
        self._probing = threading.Lock()

    @property
    def is_usable(self) -> bool:
        """False until the first comparison is whole: until then ``now_ms`` is this machine's own time."""
        return self._offset_ms is not None

    def now_ms(self) -> float:
        return _own_ms() + (self._offset_ms or 0.0)

    def probe(self) -> None:
        """Compare with the database. Raises django.db.Error when it does not answer; the old estimate stays."""
        with self._probing:  # the first visitors of a process ask side by side, in threads
            for _ in range(1 if self.is_usable else FIRST_PROBES):
                sent = _own_ms()
                theirs = database_now_ms()
                self._estimate.add(Probe(sent=sent, received=theirs, transmitted=theirs, answered=_own_ms()))
            self._offset_ms = self._estimate.offset_at(_own_ms())


room_clock = RoomClock()
