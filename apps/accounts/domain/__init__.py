"""The vocabulary of accounts: who somebody is (``people``) and what we write to them (``letters``)."""

from apps.accounts.domain.letters import LetterKind, LetterState
from apps.accounts.domain.people import (
    NAME_MAX,
    REFRESH_GRACE,
    TICKET_LIFETIME,
    Claims,
    Person,
    RevokeReason,
    TicketPurpose,
    clean_name,
    normalise_email,
)

__all__ = [
    "NAME_MAX",
    "REFRESH_GRACE",
    "TICKET_LIFETIME",
    "Claims",
    "LetterKind",
    "LetterState",
    "Person",
    "RevokeReason",
    "TicketPurpose",
    "clean_name",
    "normalise_email",
]
