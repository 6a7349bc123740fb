"""The async front door for sockets: who holds this ticket, and may they stay.

A web process asks ``still_welcome`` every few seconds for its sockets together, and for one whenever a ``signed_out``
push reaches its person's group.
"""

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from apps.accounts.adapters import secret_values
from apps.accounts.domain import Person
from apps.accounts.models import SignIn, SocketTicket, User
from apps.common.errors import Unauthenticated


async def redeem_ticket(*, value: str, purpose: str, room_id: UUID | None) -> Person:
    """Use up a ticket. Raises Unauthenticated when it is unknown, used, too old, or for something else."""
    now = timezone.now()
    ticket = SocketTicket.objects.filter(pk=secret_values.digest(value))
    fitting = ticket.filter(used_at=None, expires_at__gt=now, purpose=purpose, room_id=room_id)
    if await fitting.aupdate(used_at=now) != 1:
        raise Unauthenticated("This ticket is not valid here. Ask for a new one.", code="ticket_invalid")
    used = await ticket.select_related("user").aget()
    person = used.user.as_person(family=used.family)
    if not await is_still_welcome(person):
        raise Unauthenticated("You were signed out. Sign in again.", code="signed_out")
    return person


async def is_still_welcome(person: Person) -> bool:
    return person in await still_welcome([person])


async def still_welcome(people: Collection[Person]) -> set[Person]:
    """Without those whose account was disabled, signed out everywhere, or whose very sign-in ended."""
    alive = User.objects.filter(pk__in={person.id for person in people}, is_active=True)
    versions = {pk: version async for pk, version in alive.values_list("pk", "token_version")}
    families = {person.family for person in people if person.family is not None}
    open_ones = SignIn.objects.filter(pk__in=families, revoked_at=None, expires_at__gt=timezone.now())
    signed_in = {pair async for pair in open_ones.values_list("pk", "user_id")} if families else set()
    return {
        person
        for person in people
        if versions.get(person.id) == person.token_version
        and (person.family is None or (person.family, person.id) in signed_in)
    }
