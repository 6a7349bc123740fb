"""Who may talk in a room, and with whose help their browsers find each other. The sound never comes here."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from apps.common.errors import Forbidden
from apps.rooms import selectors
from apps.rooms.domain.members import Permission
from apps.rooms.domain.voice import IceServer, choose_ice_servers
from apps.rooms.models import Membership

CREDENTIALS_LAST = timedelta(hours=12)  # an evening: a TURN server asks again when a talk is renewed


def check_voice(*, room_id: UUID, user_id: UUID) -> None:
    """Raises Forbidden for a stranger or without the right, NotFound for a closed room."""
    _require_voice(selectors.standing(room_id, user_id))


def may_talk(*, room_id: UUID, user_ids: Collection[UUID]) -> set[UUID]:
    """Which of these people may talk in this room."""
    found = Membership.objects.select_related("room").filter(
        room=room_id, user__in=user_ids, removed_at=None, room__closed_at=None
    )
    return {standing.user_id for standing in found if standing.may(Permission.VOICE)}


def ice_servers_of(*, room_id: UUID, user_id: UUID) -> list[IceServer]:
    """What this person's browser may ask on its way to the others. Raises NotFound for strangers, Forbidden."""
    _require_voice(selectors.membership(room_id, user_id))
    return choose_ice_servers(
        stun=settings.VOICE_STUN,
        turn=settings.VOICE_TURN_URL,
        secret=settings.VOICE_TURN_SECRET,
        name=user_id.hex,
        until_s=round((timezone.now() + CREDENTIALS_LAST).timestamp()),
    )


def _require_voice(standing: Membership) -> None:
    if not standing.may(Permission.VOICE):
        raise Forbidden("You may not talk in this room.", code="not_allowed")
