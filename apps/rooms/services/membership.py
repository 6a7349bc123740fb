"""Who comes in and who has to leave.

Invariant: an invite's last use goes to exactly one person, and a room never holds more people than its owner's plan.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts import services as accounts_services
from apps.accounts.services import Origin, SessionTokens
from apps.billing import services as billing
from apps.billing.domain import Entitlement
from apps.common.errors import Conflict, Forbidden, NotFound
from apps.rooms import selectors
from apps.rooms.adapters import secrets
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission, Preset, Role, can_kick
from apps.rooms.models import Invite, Membership, PollVote, QueueVote, Room
from apps.rooms.services.history import record, wake
from apps.streaming import services as streaming

INVITE_HOURS = 24 * 7
GUEST_STAY = timedelta(days=7)  # closing the room ends it earlier


def create_invite(
    *, room_id: UUID, by: UUID, uses: int | None = None, expires_h: int = INVITE_HOURS, pin: str | None = None
) -> tuple[str, datetime]:
    """A new link into the room: its token and its end. Raises NotFound for strangers, Forbidden without the right."""
    standing = selectors.membership(room_id, by)
    if not standing.may(Permission.INVITE):
        raise Forbidden("You may not invite people to this room.")
    until = timezone.now() + timedelta(hours=expires_h)
    return new_link(room_id=room_id, by=by, until=until, uses=uses, pin=pin), until


def new_link(*, room_id: UUID, by: UUID, until: datetime, uses: int | None = None, pin: str | None = None) -> str:
    """The token of a new invite. The caller has judged whether ``by`` may invite."""
    token = secrets.new_token()
    Invite.objects.create(
        room_id=room_id,
        digest=secrets.digest(token),
        created_by_id=by,
        expires_at=until,
        uses_left=uses,
        pin_hash=secrets.hash_pin(pin),
    )
    return token


def join_by_invite(*, room_id: UUID, user_id: UUID, token: str, pin: str | None = None) -> None:
    """Let a signed-in person in; again is fine. Raises NotFound, Forbidden (PIN, removed, locked), Conflict (full)."""
    invite = _checked_invite(token, pin)
    if invite.room_id != room_id:
        raise NotFound("This invite is not valid any more. Ask for a new link.", code="invite_invalid")
    known = Membership.objects.filter(room=room_id, user=user_id).first()
    if known is not None and known.removed_at:
        raise Forbidden("You were removed from this room.", code="removed")
    if known is None:
        with transaction.atomic():
            _admit(invite, user_id, accounts.names([user_id]).get(user_id, ""), Role.MEMBER)


def join_as_guest(*, token: str, name: str, pin: str | None = None, origin: Origin | None = None) -> SessionTokens:
    """A session that opens this room and nothing else. Raises like ``join_by_invite``, and Invalid for the name."""
    invite = _checked_invite(token, pin)
    with transaction.atomic():
        tokens = accounts_services.open_guest_session(
            name=name, room_id=invite.room_id, until=timezone.now() + GUEST_STAY, origin=origin
        )
        _admit(invite, tokens.user.pk, tokens.user.name, Role.GUEST)
    return tokens


def _checked_invite(token: str, pin: str | None) -> Invite:
    invite = selectors.open_invite(token)
    if not invite.pin_hash:
        return invite
    with transaction.atomic():  # one at a time: a crowd of guesses has ten tries too
        locked = Invite.objects.select_for_update().get(pk=invite.pk)
        is_right = locked.pin_tries_left > 0 and secrets.is_pin(pin, locked.pin_hash)
        if not is_right:
            Invite.objects.filter(pk=invite.pk, pin_tries_left__gt=0).update(pin_tries_left=F("pin_tries_left") - 1)
    if not is_right:
        raise Forbidden("This is not the PIN of the room.", code="wrong_pin")
    return invite


def _admit(invite: Invite, user_id: UUID, name: str, role: Role) -> None:
    """Locks the room's row, so that two people cannot both take the last seat or the last use of an invite."""
    room = Room.objects.select_for_update().get(pk=invite.room_id)
    if Membership.objects.filter(room=room, user=user_id).exists():
        return
    if room.locked:
        raise Forbidden("This room is locked: nobody new can come in. Ask the host to open it.", code="room_locked")
    seats = int(billing.entitlement(room.owner_id, Entitlement.PARTY_SIZE))
    if Membership.objects.filter(room=room, removed_at=None).count() >= seats:
        raise Conflict(f"This room is full: it has {seats} seats.", code="room_full")
    limited = Invite.objects.filter(pk=invite.pk).exclude(uses_left=None)
    if limited.exists() and limited.filter(uses_left__gt=0).update(uses_left=F("uses_left") - 1) != 1:
        raise NotFound("This invite is not valid any more. Ask for a new link.", code="invite_invalid")
    Membership.objects.create(room=room, user_id=user_id, role=role)
    record(room.pk, EventKind.JOINED, by=user_id, name=name)
    wake(room.pk)


def kick(*, room_id: UUID, by: UUID, user_id: UUID) -> RoomEventData:
    """Remove somebody for good, and what they voted for. Raises NotFound, Forbidden."""
    with transaction.atomic():
        Room.objects.hold(room_id)  # roles stay as they are until it is done
        actor = selectors.membership(room_id, by)
        target = Membership.objects.filter(room=room_id, user=user_id, removed_at=None).first()
        if target is None:
            raise NotFound("This person is not in the room.")
        if not can_kick(Preset(actor.room.preset), actor.acting_role, Role(target.role)):
            raise Forbidden("You may not remove this person.")
        Membership.objects.filter(pk=target.pk).update(removed_at=timezone.now())
        QueueVote.objects.filter(entry__room=room_id, by=user_id).delete()
        PollVote.objects.filter(poll__room=room_id, by=user_id).delete()
        if actor.room.stand_in == user_id:
            Room.objects.note_power(room_id, stand_in=None)
        streaming.dismiss(viewer_id=user_id, title_id=actor.room.title_id)
        event = record(room_id, EventKind.KICKED, by=by, name=accounts.names([by]).get(by, ""), uid=user_id)
        wake(room_id)
    return event
