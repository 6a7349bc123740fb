"""The async front door for sockets: who holds this ticket, and may they stay.

A consumer asks ``is_still_welcome`` every few seconds and whenever a ``signed_out`` push reaches its person's group.
"""

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
    """False once the account was disabled, signed out everywhere, or this very sign-in ended."""
    alive = User.objects.filter(pk=person.id, is_active=True, token_version=person.token_version)
    if person.family is not None:
        sign_ins = SignIn.objects.filter(pk=person.family, revoked_at=None, expires_at__gt=timezone.now())
        alive = alive.filter(sign_ins__in=sign_ins)
    return await alive.aexists()
