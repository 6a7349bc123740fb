"""The async front door for sockets: who holds this ticket, and may they stay.

A web process asks ``still_welcome`` every few seconds for its sockets together, and for one whenever a ``signed_out``
push reaches its person's group.
"""

from collections.abc import Collection
from functools import partial
from uuid import UUID

from channels.db import database_sync_to_async

from apps.accounts import selectors, services
from apps.accounts.domain import Person


async def redeem_ticket(*, value: str, purpose: str, room_id: UUID | None) -> Person:
    """Use up a ticket. Raises Unauthenticated when it is unknown, used, too old, or for something else."""
    work = partial(services.redeem_ticket, value=value, purpose=purpose, room_id=room_id)
    return await database_sync_to_async(work, thread_sensitive=False)()


async def still_welcome(people: Collection[Person]) -> set[Person]:
    """Without those whose account was disabled, signed out everywhere, or whose very sign-in ended."""
    return await database_sync_to_async(selectors.still_welcome, thread_sensitive=False)(people)
