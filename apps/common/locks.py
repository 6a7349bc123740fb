"""Postgres advisory locks: held by name, released by the database even when the process dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def hold_until_commit(name: str) -> None:
    """Wait for the lock ``name`` and keep it to the end of the current transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


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
