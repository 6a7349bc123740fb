"""Shapes that cross the socket and HTTP are the same in both."""

from dataclasses import fields

from apps.common.cards import AVAILABILITIES, TitleCardSerializer
from apps.movie_requests.api.serializers import RequestItemSerializer
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.members import Permission, Preset, Role
from apps.rooms.domain.playback import Cause, Op
from consumers import protocol
from consumers.protocol import RequestBody, RoomBody, TimelineBody, TitleCard


def choices(hint: object) -> set[str]:
    return set(hint.__args__)


def names(kind: type) -> set[str]:
    return {item.name for item in fields(kind)}


def test_title_cards_and_requests_have_the_fields_of_the_http_api() -> None:
    assert names(TitleCard) == set(TitleCardSerializer().fields)
    assert names(RequestBody) == set(RequestItemSerializer().fields)
    assert "ready" in AVAILABILITIES


def test_the_closed_sets_of_the_frames_are_those_of_the_domain() -> None:
    assert choices(protocol.Op) == {op.value for op in Op}
    assert choices(protocol.EventKind) == {kind.value for kind in EventKind}
    assert choices(protocol.Permission) == {permission.value for permission in Permission}
    assert choices(protocol.Role) == {role.value for role in Role}
    assert choices(TimelineBody.__annotations__["cause"]) == {cause.value for cause in Cause}
    assert choices(RoomBody.__annotations__["preset"]) == {preset.value for preset in Preset}
