"""Who may open a socket: full origin, subprotocol, single-use ticket."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from channels.security.websocket import WebsocketDenier
from django.conf import settings

from apps.accounts import live as accounts
from apps.accounts.domain import Person
from apps.common.errors import Unauthenticated

SUBPROTOCOL = "matinee.v1"
TICKET_PREFIX = "ticket."
DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


def read_origin(text: str) -> Origin | None:
    """(scheme, host, port) of an origin; None when it is not one."""
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port is None:
        return None
    return parts.scheme, parts.hostname, port


def is_allowed_origin(origin: str, host: str, allowed: Iterable[str]) -> bool:
    """The configured origins, and pages of the very host and port that the socket was opened on."""
    given = read_origin(origin)
    if given is None:
        return False
    own = read_origin(f"{given[0]}://{host}")
    return given == own or given in {read_origin(text) for text in allowed}


class FullOrigin:
    """Refuses a handshake from a foreign page; scheme, host and port all count. A browser always sends an Origin."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        application = self.application if _is_from_here(scope) else WebsocketDenier()
        await application(scope, receive, send)


def _is_from_here(scope: Any) -> bool:
    headers = {name: value.decode("latin1") for name, value in scope.get("headers", [])}
    allowed = [settings.SITE_URL, *settings.SOCKET_ORIGINS]
    return is_allowed_origin(headers.get(b"origin", ""), headers.get(b"host", ""), allowed)


async def person_of(subprotocols: Iterable[str], *, purpose: str, room_id: UUID | None) -> Person:
    """The holder of the ticket among ``subprotocols``. Raises Unauthenticated."""
    for offered in subprotocols:
        if offered.startswith(TICKET_PREFIX):
            value = offered.removeprefix(TICKET_PREFIX)
            return await accounts.redeem_ticket(value=value, purpose=purpose, room_id=room_id)
    raise Unauthenticated("Open the socket with a ticket.", code="ticket_missing")
