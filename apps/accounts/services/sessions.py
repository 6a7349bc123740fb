"""Sign-ins: opened once, kept alive by rotating refresh tokens, revoked by their owner or by a replay.

Invariant: of all who present one refresh token exactly one rotates it; whoever else comes within the grace gets the
same successor, and whoever comes later ends the whole family.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from structlog import get_logger

from apps.accounts.adapters import secret_values
from apps.accounts.domain import REFRESH_GRACE, LetterKind, RevokeReason
from apps.accounts.models import RefreshToken, SignIn, User
from apps.accounts.services.letters import write_letter
from apps.accounts.services.tokens import mint_access_token
from apps.common.errors import NotFound, Unauthenticated
from apps.common.events import publish, user_group

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from; shown in the list of sign-ins."""

    address: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class SessionTokens:
    access: str
    refresh: str
    expires_in_s: int
    user: User
    family: UUID


def open_session(user: User, origin: Origin, *, until: datetime | None = None) -> SessionTokens:
    """Start a family for ``user``, for the usual lifetime or ``until``."""
    now = timezone.now()
    token = secret_values.new_token()
    with transaction.atomic():
        sign_in = SignIn.objects.create(
            user=user,
            device=origin.device[:200],
            address=origin.address[:64],
            expires_at=until or now + settings.REFRESH_TOKEN_LIFETIME,
        )
        _keep(token, sign_in.id)
        User.objects.filter(pk=user.pk).update(last_login=now)
    return _tokens(user, sign_in.id, token, now)


def refresh(*, token: str, origin: Origin) -> SessionTokens:
    """Rotate ``token``. Raises Unauthenticated when it is unknown, expired, revoked or replayed."""
    now = timezone.now()
    digest = secret_values.digest(token)
    link = RefreshToken.objects.select_related("sign_in__user").filter(pk=digest).first()
    if link is None or not _is_alive(link.sign_in, now):
        raise Unauthenticated("You were signed out. Sign in again.", code="signed_out")
    following = secret_values.successor(token, link.salt)
    if not _rotate(link, following, origin, now):
        link.refresh_from_db(fields=["used_at"])
        if link.used_at is None or now - link.used_at > REFRESH_GRACE:
            _answer_replay(link.sign_in)
            raise Unauthenticated("This session was used twice and is now closed. Sign in again.", code="replayed")
    return _tokens(link.sign_in.user, link.sign_in_id, following, now)


def _rotate(link: RefreshToken, following: str, origin: Origin, now: datetime) -> bool:
    """One winner: the UPDATE names the row's own columns only, so Postgres re-checks them after waiting for a rival."""
    with transaction.atomic():
        if RefreshToken.objects.filter(pk=link.pk, used_at=None).update(used_at=now) != 1:
            return False
        _keep(following, link.sign_in_id)
        until = link.sign_in.user.guest_until or now + settings.REFRESH_TOKEN_LIFETIME
        SignIn.objects.filter(pk=link.sign_in_id).update(
            last_used_at=now, expires_at=until, address=origin.address[:64], device=origin.device[:200]
        )
        return True


def _answer_replay(sign_in: SignIn) -> None:
    user = sign_in.user
    with transaction.atomic():
        if _revoke(SignIn.objects.filter(pk=sign_in.pk), RevokeReason.REPLAYED) and user.email:
            write_letter(LetterKind.SIGN_IN_REVOKED, to=user.email)
        publish(user_group(user.id), {"t": "signed_out"})
    log.warning("sign_in.replayed", user=str(user.id), family=str(sign_in.pk))


def sign_out(*, token: str) -> None:
    """End the family of a refresh token; an unknown token has nothing to end."""
    link = RefreshToken.objects.select_related("sign_in").filter(pk=secret_values.digest(token)).first()
    if link is not None:
        _end_sign_in(link.sign_in.user_id, link.sign_in_id)


def revoke_sign_in(*, user_id: UUID, family: UUID) -> None:
    """Raises NotFound when it is somebody else's or already over."""
    if not _end_sign_in(user_id, family):
        raise NotFound("That sign-in is not there any more.")


def _end_sign_in(user_id: UUID, family: UUID) -> bool:
    with transaction.atomic():
        publish(user_group(user_id), {"t": "signed_out"})
        return _revoke(SignIn.objects.filter(pk=family, user_id=user_id), RevokeReason.SIGNED_OUT) == 1


def sign_out_everywhere(user_id: UUID, reason: RevokeReason = RevokeReason.SIGNED_OUT_EVERYWHERE) -> None:
    """End every sign-in and make every access token worthless at once."""
    with transaction.atomic():
        User.objects.filter(pk=user_id).update(token_version=F("token_version") + 1)
        _revoke(SignIn.objects.filter(user_id=user_id), reason)
        publish(user_group(user_id), {"t": "signed_out"})


def _revoke(sign_ins: models.QuerySet[SignIn], reason: RevokeReason) -> int:
    return sign_ins.filter(revoked_at=None).update(revoked_at=timezone.now(), revoke_reason=reason)


def _is_alive(sign_in: SignIn, now: datetime) -> bool:
    return sign_in.revoked_at is None and sign_in.expires_at > now and sign_in.user.is_active


def _keep(token: str, family: UUID) -> None:
    RefreshToken.objects.create(digest=secret_values.digest(token), sign_in_id=family, salt=secret_values.new_token())


def _tokens(user: User, family: UUID, token: str, now: datetime) -> SessionTokens:
    return SessionTokens(
        access=mint_access_token(user, family=family, now=now),
        refresh=token,
        expires_in_s=int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
        user=user,
        family=family,
    )
