"""The connections to the database of a thread that ends with its request.

Invariant: none outlives its request. Under ASGI each has a thread of its own, so no other one would find them again,
and they would stay open until the garbage collector comes by.
"""

from django.db import connections


def close_own(**_signal: object) -> None:
    """Close what this thread holds, outside a transaction: inside one it belongs to somebody else (to a test)."""
    if not any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        connections.close_all()
