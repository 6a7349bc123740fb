"""Postgres advisory locks: held by name, released by the database even when the process dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable


def hold_until_commit(name: str) -> None:
    """Wait for the lock ``name`` and keep it to the end of the current transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def wait_at_most(limit_s: float) -> None:
    """To the end of the current transaction nobody's lock is waited for any longer: see ``was_too_long``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{round(limit_s * 1000)}ms"])


def was_too_long(error: OperationalError) -> bool:
    """Whether a transaction ended because somebody else kept a lock for longer than ``wait_at_most``."""
    return isinstance(error.__cause__, LockNotAvailable)


@contextmanager
def try_to_hold(name: str) -> Iterator[bool]:
    """Yields whether this connection got the lock; it does not wait, and lets go at the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        row = cursor.fetchone()
    got_it = bool(row and row[0])
    try:
        yield got_it
    finally:
        if got_it:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
