"""The rooms in which people are right now, for the operator."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.rooms.adapters.board import board
from apps.rooms.domain.figures import Drift, RoomFigures, drift_of, merge, per_hour
from apps.rooms.models import Room


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """``state``: playing, paused or waiting. Rates are per hour of one member's watching."""

    id: UUID
    name: str
    title: str
    owner_name: str
    people: int
    talkers: int
    state: str
    waiting_for: list[str]
    drift: Drift | None
    stalls_per_hour: float | None
    seeks_per_hour: float | None


@dataclass(frozen=True, slots=True)
class RoomsOverview:
    """``is_whole``: false when only the process that was asked could say something."""

    rooms: list[LiveRoom]
    is_whole: bool


def rooms_overview() -> RoomsOverview:
    """The largest first."""
    said, is_whole = board.read()
    figures = {
        room_id: merge(found[room_id] for found in said if room_id in found)
        for room_id in {room_id for found in said for room_id in found}
    }
    rooms = Room.objects.open().select_related("title", "owner", "timeline").filter(pk__in=figures)
    names = accounts.names({UUID(uid) for room in rooms for uid in _awaited(room)})
    found = [_live_room(room, figures[room.pk], names) for room in rooms]
    return RoomsOverview(sorted(found, key=lambda room: (-room.people, room.name)), is_whole)


def _awaited(room: Room) -> Iterable[str]:
    wait = room.timeline.wait
    return wait["waiting_for"] if wait else []


def _live_room(room: Room, figures: RoomFigures, names: dict[UUID, str]) -> LiveRoom:
    timeline = room.timeline
    return LiveRoom(
        id=room.pk,
        name=room.name,
        title=room.title.name,
        owner_name=room.owner.name,
        people=figures.people,
        talkers=figures.talkers,
        state="waiting" if timeline.wait else "playing" if timeline.playing else "paused",
        waiting_for=[names.get(UUID(uid), "") for uid in _awaited(room)],
        drift=drift_of(figures.drifts_ms),
        stalls_per_hour=per_hour(figures.stalls, figures.watched_s),
        seeks_per_hour=per_hour(figures.seeks, figures.watched_s),
    )
