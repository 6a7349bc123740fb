"""Randomness and digests: how single-use secrets are made and how they are kept.

Invariant: what the database holds is not enough to act for anybody; codes of 6 digits are keyed by SECRET_KEY besides.
"""

import hashlib
import secrets
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

TOKEN_BYTES = 32
TICKET_BYTES = 16
CODE_DIGITS = 6


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_ticket() -> str:
    return secrets.token_urlsafe(TICKET_BYTES)


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def digest(secret: str) -> str:
    """Enough for secrets of 128 bits and more: nobody can try them all, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_digest(letter_id: UUID, code: str) -> str:
    """Bound to its letter and keyed, because a million codes are quickly tried by whoever reads the table."""
    return salted_hmac("accounts.code", f"{letter_id}:{code}", algorithm="sha256").hexdigest()


def is_same(left: str, right: str) -> bool:
    return constant_time_compare(left, right)


def successor(token: str, salt: str) -> str:
    """The one refresh token that follows ``token``: whoever presents it twice gets the same answer twice."""
    return salted_hmac(f"accounts.refresh.{salt}", token, algorithm="sha256").hexdigest()
