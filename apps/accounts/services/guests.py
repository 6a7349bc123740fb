"""Guests: people with a name only, let in by an invite, for one room and a limited time."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.domain import RevokeReason, clean_name
from apps.accounts.models import SignIn, User
from apps.accounts.services.sessions import Origin, SessionTokens, open_session
from apps.common.events import publish, user_group


def open_guest_session(*, name: str, room_id: UUID, until: datetime, origin: Origin | None = None) -> SessionTokens:
    """Raises Invalid for a name with nothing in it. The caller has judged the invite."""
    with transaction.atomic():
        guest = User.objects.create_user(
            email=None, name=clean_name(name), is_guest=True, guest_room_id=room_id, guest_until=until
        )
        return open_session(guest, origin or Origin(), until=until)


def close_guests(room_id: UUID) -> int:
    """End the sessions of a room's guests; their names stay for the room's history. Returns how many there were."""
    return _close(list(User.objects.filter(is_guest=True, is_active=True, guest_room_id=room_id)))


def close_expired_guests() -> int:
    return _close(list(User.objects.filter(is_guest=True, is_active=True, guest_until__lte=timezone.now())))


def _close(guests: list[User]) -> int:
    ids = [guest.pk for guest in guests]
    with transaction.atomic():
        User.objects.filter(pk__in=ids).update(is_active=False, token_version=F("token_version") + 1)
        SignIn.objects.filter(user_id__in=ids, revoked_at=None).update(
            revoked_at=timezone.now(), revoke_reason=RevokeReason.ROOM_CLOSED
        )
        for guest_id in ids:
            publish(user_group(guest_id), {"t": "signed_out"})
    return len(ids)
