"""Tickets for sockets: a browser cannot send headers with a WebSocket, and a token in an address gets logged."""

from uuid import UUID

from django.utils import timezone

from apps.accounts import selectors
from apps.accounts.adapters import secret_values
from apps.accounts.domain import TICKET_LIFETIME, Person, TicketPurpose
from apps.accounts.models import SocketTicket, User
from apps.common.errors import Forbidden, Invalid, NotFound, Unauthenticated


def issue_ticket(*, user: User, purpose: str, room_id: UUID | None, family: UUID | None = None) -> str:
    """A ticket for one connection within 30 s. Whether the person may enter the room is asked when they connect.

    Raises Invalid when purpose and room do not fit, Forbidden or NotFound for a guest who looks beyond their room.
    """
    if (purpose == TicketPurpose.ROOM) != (room_id is not None):
        raise Invalid("A room ticket names its room; other tickets name none.", fields={"room": "Does not fit."})
    if user.is_guest and purpose != TicketPurpose.ROOM:
        raise Forbidden("Guests see their room only.")
    if user.is_guest and room_id != user.guest_room_id:
        raise NotFound("There is no such room.")
    ticket = secret_values.new_ticket()
    SocketTicket.objects.create(
        digest=secret_values.digest(ticket),
        user=user,
        family=family,
        purpose=TicketPurpose(purpose),
        room_id=room_id,
        expires_at=timezone.now() + TICKET_LIFETIME,
    )
    return ticket


def redeem_ticket(*, value: str, purpose: str, room_id: UUID | None) -> Person:
    """Use up a ticket. Raises Unauthenticated when it is unknown, used, too old, or for something else."""
    now = timezone.now()
    ticket = SocketTicket.objects.filter(pk=secret_values.digest(value))
    fitting = ticket.filter(used_at=None, expires_at__gt=now, purpose=purpose, room_id=room_id)
    if fitting.update(used_at=now) != 1:
        raise Unauthenticated("This ticket is not valid here. Ask for a new one.", code="ticket_invalid")
    used = ticket.select_related("user").get()
    person = used.user.as_person(family=used.family)
    if person not in selectors.still_welcome([person]):
        raise Unauthenticated("You were signed out. Sign in again.", code="signed_out")
    return person
