"""Rows of commands that wait for consent. Call inside the transaction that holds the room."""

from dataclasses import asdict
from uuid import UUID

from apps.common.errors import Conflict
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.wishes import ASK_MS, VOTE_MS, WishKind, WishState, same_kind
from apps.rooms.models import Room, RoomWish
from apps.rooms.services.history import record, wake


def open_wish(room_id: UUID, kind: WishKind, *, wanted: Command, name: str, cid: str) -> RoomEventData | None:
    """Write a wish down in place of the last one; a vote is told in the history.

    Raises Conflict while another vote is open.
    """
    by, now_ms = UUID(wanted.by), room_clock.now_ms()
    is_vote = kind is WishKind.VOTE
    earlier = RoomWish.objects.filter(room=room_id, kind=kind, state=WishState.OPEN)
    if is_vote and earlier.filter(until_ms__gt=now_ms).exists():
        raise Conflict("The room is voting already. Wait until that is over.", code="vote_open")
    (earlier if is_vote else earlier.filter(by=by)).update(state=WishState.WITHDRAWN)
    RoomWish.objects.create(
        room_id=room_id,
        kind=kind,
        by=by,
        name=name,
        cid=cid,
        wanted=asdict(wanted),
        until_ms=round(now_ms) + (VOTE_MS if is_vote else ASK_MS),
        ballots={wanted.by: True} if is_vote else {},
    )
    Room.objects.note_power(room_id)
    wake(room_id)
    if not is_vote:
        return None
    return record(
        room_id,
        EventKind.PROPOSED,
        by=by,
        name=name,
        position_s=wanted.position_s,
        data={"op": wanted.about.value},
    )


def close_wish(room_id: UUID, wish: RoomWish, state: WishState) -> None:
    """End a wish that is open."""
    RoomWish.objects.filter(pk=wish.pk).update(state=state)
    Room.objects.note_power(room_id)
    wake(room_id)


def withdraw_wishes(room_id: UUID, *, like: Command | None = None) -> None:
    """Under other rules nobody has to agree any more, or somebody else has; in another film they mean nothing.

    With ``like`` only the ask for the same kind of thing by the same person, who wants something else now.
    """
    wishes = RoomWish.objects.filter(room=room_id, state=WishState.OPEN)
    if like is not None:
        wishes = wishes.filter(kind=WishKind.ASK, by=like.by, wanted__op__in=same_kind(like.op))
    if wishes.update(state=WishState.WITHDRAWN):
        Room.objects.note_power(room_id)
        wake(room_id)
