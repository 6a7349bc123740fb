"""From an access token to the person behind it. Asked on each request, so a revocation counts on the next one."""

from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from apps.accounts.adapters import access_tokens
from apps.accounts.domain import Claims
from apps.accounts.models import SignIn, User
from apps.common.errors import Unauthenticated


def mint_access_token(user: User, *, family: UUID, now: datetime) -> str:
    claims = Claims(sub=user.id, family=family, version=user.token_version, jti=uuid4().hex)
    return access_tokens.encode(claims, expires_at=now + settings.ACCESS_TOKEN_LIFETIME)


def authenticate(token: str) -> tuple[User, Claims]:
    """Raise Unauthenticated unless the token is good and its person, version and sign-in are all still alive."""
    claims = access_tokens.decode(token)
    now = timezone.now()
    sign_in = (
        SignIn.objects.select_related("user")
        .filter(pk=claims.family, user_id=claims.sub, revoked_at=None, expires_at__gt=now)
        .filter(user__is_active=True, user__token_version=claims.version)
        .first()
    )
    if sign_in is None:
        raise Unauthenticated("You were signed out. Sign in again.", code="signed_out")
    return sign_in.user, claims
