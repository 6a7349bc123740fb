"""Access tokens as signed JWTs (simplejwt's backend): one fixed algorithm, audience and issuer."""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.tokens import Token

from apps.accounts.domain import Claims
from apps.common.errors import Unauthenticated

ALGORITHM = "HS256"
AUDIENCE = "matinee"
ISSUER = "matinee"


def _backend() -> TokenBackend:
    return TokenBackend(ALGORITHM, signing_key=settings.SECRET_KEY, audience=AUDIENCE, issuer=ISSUER)


def encode(claims: Claims, *, expires_at: datetime) -> str:
    return _backend().encode(
        {
            "sub": str(claims.sub),
            "jti": claims.jti,
            "family": str(claims.family),
            "version": claims.version,
            "exp": int(expires_at.timestamp()),
        }
    )


def decode(token: str) -> Claims:
    """Raise Unauthenticated unless the token is ours, whole and not expired."""
    try:
        payload = _backend().decode(cast(Token, token), verify=True)  # its annotation is wrong: jwt reads text
        return Claims(
            sub=UUID(payload["sub"]),
            family=UUID(payload["family"]),
            version=int(payload["version"]),
            jti=str(payload["jti"]),
        )
    except (TokenBackendError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unauthenticated("Sign in again.", code="token_invalid") from error
