"""Who somebody is, and what their account, sign-ins and tickets may hold."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from apps.common.errors import Invalid

REFRESH_GRACE = timedelta(seconds=20)  # two tabs that refresh at once, or a lost answer, are normal; later is replay
TICKET_LIFETIME = timedelta(seconds=30)
NAME_MAX = 60


class TicketPurpose(StrEnum):
    UPDATES = "updates"
    ROOM = "room"


class RevokeReason(StrEnum):
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    REPLAYED = "replayed"
    ROOM_CLOSED = "room_closed"


@dataclass(frozen=True, slots=True)
class Person:
    """What a socket needs to know about whoever is behind it."""

    id: UUID
    name: str
    is_guest: bool
    is_verified: bool
    is_staff: bool
    token_version: int
    family: UUID | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """The content of an access token. ``version`` and ``family`` are checked against the rows on each request."""

    sub: UUID
    family: UUID
    version: int
    jti: str


def normalise_email(raw: str) -> str:
    """One spelling for each mailbox: without surrounding space, lower case. ``EmailField`` judges the form."""
    return raw.strip().lower()


def clean_name(raw: str) -> str:
    """A display name on one line. Raises Invalid when nothing printable is left or it is too long."""
    name = " ".join("".join(char if char.isprintable() else " " for char in raw).split())
    if not name:
        raise Invalid("Tell us a name.", fields={"name": "A name needs at least one letter."})
    if len(name) > NAME_MAX:
        raise Invalid("That name is too long.", fields={"name": f"At most {NAME_MAX} characters."})
    return name
