"""A film that is opened in the middle: what is made there is told, else the lightest that is soon there is begun."""

from dataclasses import replace
from uuid import UUID

import pytest
from accounts_cast import person
from streaming_rows import add_track, ready_asset

from apps.streaming import services
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.progress import empty_bitmap, with_bit
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit

pytestmark = pytest.mark.django_db

GRID = Segments(25, tuple(range(0, 6000, 100)), 6000, (100,) * 60)  # four minutes, 60 segments
PLACE_S, INDEX = 130.0, 32


@pytest.fixture
def alice() -> UUID:
    return person("alice").pk


@pytest.fixture
def asset() -> MediaAsset:
    """Four minutes with three encoded rungs, of which the first two segments are made."""
    asset = ready_asset(state=AssetState.PLAYABLE)
    asset.renditions.filter(kind="video").delete()
    for name, height in (("v720", 720), ("v480", 480), ("v240", 240)):
        track = add_track(asset, name, state=RenditionState.BUILDING, done=2, mode=Mode.ENCODE)
        recipe = replace(track.recipe, width=height * 16 // 9, height=height)
        Rendition.objects.filter(pk=track.pk).update(
            recipe_data=recipe.to_json(), segment_data=GRID.to_json(), segment_count=60,
            bitmap=with_bit(with_bit(empty_bitmap(60), 0), 1), on_demand=name == "v240",
        )  # fmt: skip
    return asset


def ready(asset: MediaAsset, viewer: UUID, position_s: float | None) -> list[str]:
    playback = services.authorise_playback(viewer_id=viewer, title_id=asset.title_id, position_s=position_s)
    return sorted(choice.name for choice in playback.renditions if choice.ready)


def make(asset: MediaAsset, name: str, index: int) -> None:
    track = asset.renditions.get(name=name)
    Rendition.objects.filter(pk=track.pk).update(bitmap=with_bit(bytes(track.bitmap), index))


def wishes() -> list[tuple[list[str], int, UUID | None]]:
    units = WorkUnit.objects.filter(priority=Priority.WAITING)
    return [(unit.rungs, unit.first, unit.wanted_by) for unit in units]


def test_where_nothing_is_made_the_lightest_ordinary_rung_is_begun_and_told(asset, alice):
    assert ready(asset, alice, PLACE_S) == ["v480"]
    assert wishes() == [(["v480"], INDEX, alice)]
    assert ready(asset, alice, PLACE_S) == ["v480"], "once more"
    assert len(wishes()) == 1


def test_who_opens_it_at_another_place_leaves_the_first_one(asset, alice):
    for position_s in (PLACE_S, 20.0, 200.0):
        ready(asset, alice, position_s)
    assert [first for _, first, _ in wishes()] == [50]


def test_a_copy_comes_before_any_encode(asset, alice):
    track = add_track(asset, "v-src", state=RenditionState.EVICTED, done=0)
    Rendition.objects.filter(pk=track.pk).update(on_demand=True)
    Rendition.objects.filter(pk=track.pk).update(segment_data=GRID.to_json(), segment_count=60, bitmap=empty_bitmap(60))
    assert ready(asset, alice, PLACE_S) == ["v-src"]


def test_what_is_made_there_is_told_and_nothing_is_begun(asset, alice):
    make(asset, "v720", INDEX)
    assert ready(asset, alice, PLACE_S) == ["v720"]
    assert wishes() == []


def test_who_does_not_say_where_is_told_of_the_beginning(asset, alice):
    assert ready(asset, alice, None) == ["v240", "v480", "v720"]
    assert wishes() == []


@pytest.mark.parametrize("position_s", [240.0, 399_999.0])
def test_a_place_behind_the_end_is_the_last_segment(asset, alice, position_s):
    assert ready(asset, alice, position_s) == ["v480"]
    assert [first for _, first, _ in wishes()] == [59]


def test_a_rung_that_cannot_be_made_now_is_not_told_as_ready(asset, alice, monkeypatch):
    monkeypatch.setattr("apps.streaming.services.demand.places_for", lambda track: 0)
    monkeypatch.setattr("apps.streaming.selectors.places_for", lambda track: 0)
    assert ready(asset, alice, PLACE_S) == []
    assert wishes() == []
