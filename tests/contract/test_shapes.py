"""Shapes that cross the socket and HTTP are the same in both."""

from dataclasses import fields
from typing import get_args

from apps.common.cards import AVAILABILITIES, TitleCardSerializer
from apps.movie_requests.api.serializers import RequestItemSerializer
from apps.rooms.domain.commands import Op
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.members import Permission, Preset, Role
from apps.rooms.domain.patience import WaitRule
from apps.rooms.domain.playback import Cause, Why
from apps.rooms.domain.rules import SLOW_MOST_S
from apps.rooms.domain.talk import Emoji
from consumers.protocol import bounds
from consumers.protocol.parts import RoomBody, TimelineBody, TitleCard
from consumers.protocol.updates import RequestBody


def choices(hint: object) -> set[str]:
    return set(hint.__args__)


def names(kind: type) -> set[str]:
    return {item.name for item in fields(kind)}


def test_title_cards_and_requests_have_the_fields_of_the_http_api() -> None:
    assert names(TitleCard) == set(TitleCardSerializer().fields)
    assert names(RequestBody) == set(RequestItemSerializer().fields)
    assert "ready" in AVAILABILITIES


def test_the_closed_sets_of_the_frames_are_those_of_the_domain() -> None:
    assert choices(bounds.Op) == {op.value for op in Op}
    assert choices(bounds.EventKind) == {kind.value for kind in EventKind}
    assert choices(bounds.Emoji) == {emoji.value for emoji in Emoji}
    assert choices(bounds.Permission) == {permission.value for permission in Permission}
    assert choices(bounds.Role) == {role.value for role in Role}
    assert choices(bounds.WaitWhy) == {why.value for why in Why}
    assert choices(TimelineBody.__annotations__["cause"]) == {cause.value for cause in Cause}
    assert choices(RoomBody.__annotations__["preset"]) == {preset.value for preset in Preset}
    assert choices(bounds.Preset) == {preset.value for preset in Preset}
    assert choices(bounds.GivenRole) == {role.value for role in Role} - {"owner"}
    assert choices(bounds.WaitRule) == {rule.value for rule in WaitRule}
    assert get_args(bounds.SlowMode)[1].high == SLOW_MOST_S
