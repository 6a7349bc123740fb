"""How invite tokens are made and kept: 128 random bits in the link, their digest in the database."""

import hashlib
import secrets

from django.contrib.auth.hashers import check_password, make_password

TOKEN_BYTES = 16


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def hash_pin(pin: str | None) -> str:
    return make_password(pin) if pin else ""


def is_pin(pin: str | None, pin_hash: str) -> bool:
    return not pin_hash or check_password(pin or "", pin_hash)
