"""A player that looks at another place takes no encoder with her: what only she waited for ends at once."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from streaming_rows import add_track, ready_asset, unit_of

from apps.streaming import services
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.progress import empty_bitmap, with_bit
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import abandoning, demand, leases, planning
from apps.streaming.services.demand import Answer

pytestmark = pytest.mark.django_db
COUNT = 60
GRID = Segments(25, tuple(100 * index for index in range(COUNT)), 100 * COUNT, (100,) * COUNT)
ALICE, BOB = UUID(int=1), UUID(int=2)


@pytest.fixture
def asset(monkeypatch) -> MediaAsset:
    monkeypatch.setattr(demand, "places_for", lambda _: 100)
    asset = ready_asset(state=AssetState.PLAYABLE)
    for name in ("v480", "v720"):
        track = add_long(asset, name)
    unit_of(track, 0, COUNT, rungs=["v480", "v720"], priority=3, base_priority=3)
    return asset


def add_long(asset: MediaAsset, name: str) -> Rendition:
    track = add_track(asset, name, state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
    Rendition.objects.filter(pk=track.pk).update(
        segment_data=GRID.to_json(), segment_count=COUNT, bitmap=empty_bitmap(COUNT)
    )
    return track


def looks(asset: MediaAsset, player: UUID, rung: str, index: int) -> WorkUnit:
    """As the view does it; the unit that this player waits for."""
    abandoning.leave_others(player, asset.pk, rung, index)
    assert demand.want_segment(asset.pk, rung, index, player=player) == Answer.COMING
    return WorkUnit.objects.get(asset=asset, rungs__contains=[rung], first__lte=index, last__gt=index)


def claimed(asset: MediaAsset) -> WorkUnit:
    unit = leases.claim(asset.pk, ceiling=Priority.WAITING)
    assert unit is not None
    return unit


def held(asset: MediaAsset) -> list[tuple[str, int]]:
    units = WorkUnit.objects.filter(asset=asset, state__in=planning.OPEN)
    return sorted((rung, at) for unit in units for rung in unit.rungs for at in range(unit.first, unit.last))


ALL = sorted((rung, at) for rung in ("v480", "v720") for at in range(COUNT))


def test_a_seek_ends_the_encoder_of_the_seek_before_and_its_rest_is_made_later(asset):
    looks(asset, ALICE, "v480", 40)
    worker = claimed(asset)
    track = asset.renditions.get(name="v480")
    Rendition.objects.filter(pk=track.pk).update(bitmap=with_bit(bytes(track.bitmap), 40))
    looks(asset, ALICE, "v480", 10)
    leases.heartbeat(worker)
    assert (worker.first, worker.last) == (40, 41), "the one that it has made; the one under way is nobody's"
    row = WorkUnit.objects.get(pk=worker.pk)
    assert (row.priority, row.wanted_at, row.wanted_by) == (3, None, None), "it takes no viewer's place"
    rest = WorkUnit.objects.get(asset=asset, rungs=["v480"], first=41)
    assert (rest.state, rest.priority, rest.base_priority) == (UnitState.PENDING, 3, 3)
    assert held(asset) == ALL, "every part is in one unit"


def test_a_seek_ends_the_sound_of_the_seek_before_and_not_the_picture_that_is_wanted_with_it(asset):
    sound = add_long(asset, "a-jpn-5")
    unit_of(sound, 0, COUNT, kind=UnitKind.AUDIO, priority=Priority.SOON, base_priority=Priority.SOON)
    looks(asset, ALICE, "v480", 50)
    looks(asset, ALICE, "a-jpn-5", 50)
    passes = [claimed(asset), claimed(asset)]
    looks(asset, ALICE, "v480", 10)
    looks(asset, ALICE, "a-jpn-5", 10)
    for unit in passes:
        leases.heartbeat(unit)
    assert [(unit.first, unit.last) for unit in passes] == [(50, 50), (50, 50)]
    wanted = WorkUnit.objects.filter(asset=asset, priority=Priority.WAITING)
    assert sorted((unit.rungs, unit.first) for unit in wanted) == [(["a-jpn-5"], 10), (["v480"], 10)]
    assert held(asset) == sorted(ALL + [("a-jpn-5", at) for at in range(COUNT)]), "every part is in one unit"


def test_a_player_goes_on_in_sound_that_is_shorter_than_the_others_of_its_unit(asset):
    """By one segment, where that is the end of its bitmap."""
    sound = add_track(asset, "a-jpn-5", state=RenditionState.BUILDING, done=0, mode=Mode.COPY)
    grid = Segments(25, tuple(range(0, 5600, 100)), 5600, (100,) * 56)
    Rendition.objects.filter(pk=sound.pk).update(segment_data=grid.to_json(), segment_count=56, bitmap=empty_bitmap(56))
    unit = unit_of(sound, 0, 57, kind=UnitKind.AUDIO, rungs=["a-jpn-5", "a-fre-6"], priority=3, base_priority=3)
    for index in (20, 50):
        assert looks(asset, ALICE, "a-jpn-5", index).pk == unit.pk


@pytest.mark.parametrize("index", [40, 55], ids=["that is soon there", "that is far"])
def test_a_seek_within_the_sound_that_one_waits_for_begins_anew_where_it_is_far(asset, index):
    sound = add_long(asset, "a-jpn-5")
    unit_of(sound, 0, COUNT, kind=UnitKind.AUDIO, priority=Priority.SOON, base_priority=Priority.SOON)
    looks(asset, ALICE, "a-jpn-5", 20)
    worker = claimed(asset)
    looks(asset, ALICE, "a-jpn-5", index)
    leases.heartbeat(worker)
    is_far = index == 55
    assert (worker.first, worker.last) == ((20, 20) if is_far else (20, COUNT))
    wanted = WorkUnit.objects.filter(asset=asset, priority=Priority.WAITING)
    assert [unit.first for unit in wanted] == [55 if is_far else 20]
    assert held(asset) == sorted(ALL + [("a-jpn-5", at) for at in range(COUNT)]), "every part is in one unit"


def test_a_seek_that_no_worker_has_begun_is_as_urgent_as_before(asset):
    looks(asset, ALICE, "v480", 40)
    looks(asset, ALICE, "v480", 10)
    assert [unit.first for unit in WorkUnit.objects.filter(asset=asset, priority=Priority.WAITING)] == [10]
    assert held(asset) == ALL


def test_what_another_viewer_waits_for_goes_on(asset):
    looks(asset, ALICE, "v480", 40)
    worker = claimed(asset)
    assert looks(asset, BOB, "v480", 41).pk == worker.pk
    looks(asset, ALICE, "v480", 10)
    leases.heartbeat(worker)
    assert worker.last == 48
    looks(asset, BOB, "v480", 20)
    leases.heartbeat(worker)
    assert worker.last == 48, "who of several is left is not known; it ends like any that nobody asks for"


def test_going_on_in_the_same_unit_changes_nothing(asset):
    first = looks(asset, ALICE, "v480", 40)
    claimed(asset)
    assert looks(asset, ALICE, "v480", 41).pk == first.pk
    first.refresh_from_db()
    assert (first.last, first.priority, first.wanted_by) == (48, Priority.WAITING, ALICE)


def test_another_quality_of_the_same_place_ends_the_one_before(asset):
    looks(asset, ALICE, "v720", 40)
    worker = claimed(asset)
    looks(asset, ALICE, "v480", 40)
    leases.heartbeat(worker)
    assert worker.last == 40
    assert held(asset) == ALL


def test_what_is_made_on_demand_only_is_not_made_for_nobody(asset):
    Rendition.objects.filter(asset=asset).update(on_demand=True)
    looks(asset, ALICE, "v480", 40)
    claimed(asset)
    looks(asset, ALICE, "v720", 10)
    assert not WorkUnit.objects.filter(asset=asset, rungs=["v480"], state=UnitState.PENDING, first__gte=40).exists()


def test_a_player_in_another_film_is_left_alone_until_it_is_silent(asset):
    looks(asset, ALICE, "v480", 40)
    other = ready_asset("Another film", state=AssetState.PLAYABLE)
    track = add_track(other, "v480", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
    unit_of(track, 0, 3, priority=3, base_priority=3)
    looks(other, ALICE, "v480", 1)
    waiting = WorkUnit.objects.filter(asset=asset, priority=Priority.WAITING)
    assert [unit.first for unit in waiting] == [40], "it is said again each few seconds"
    waiting.update(wanted_at=timezone.now() - timedelta(seconds=demand.SAID_AGAIN_S + 1))
    looks(other, ALICE, "v480", 2)
    assert not waiting.exists()
    assert held(asset) == ALL


def test_who_goes_away_takes_along_what_was_made_for_nobody_else(asset):
    looks(asset, ALICE, "v480", 40)
    worker = claimed(asset)
    abandoning.leave(BOB, asset.pk, "v480", 40)
    abandoning.leave(ALICE, asset.pk, "v480", 10)
    leases.heartbeat(worker)
    assert worker.last == 48, "neither somebody else nor another place"
    abandoning.leave(ALICE, asset.pk, "v480", 41)
    leases.heartbeat(worker)
    assert (worker.first, worker.last) == (40, 40)
    assert held(asset) == ALL
    abandoning.leave(ALICE, asset.pk, "v480", 41)
    assert held(asset) == ALL, "saying so again changes nothing"


def test_a_rung_that_a_player_drops_ends_unless_it_waits_for_more_of_it(asset):
    looks(asset, ALICE, "v480", 40)
    worker = claimed(asset)
    abandoning.leave(ALICE, asset.pk, "v480", 40, beside=[("v480", 42)])
    abandoning.leave(ALICE, asset.pk, "v480", None, beside=[("v480", None)])
    leases.heartbeat(worker)
    assert worker.last == 48
    abandoning.leave(ALICE, asset.pk, "v480", None, beside=[("v480", 50), ("v720", 40)])
    leases.heartbeat(worker)
    assert worker.last == 40
    assert held(asset) == ALL


def test_who_goes_away_leaves_what_another_waits_for(asset):
    looks(asset, ALICE, "v480", 40)
    worker = claimed(asset)
    looks(asset, BOB, "v480", 41)
    abandoning.leave(ALICE, asset.pk, "v480", 40)
    leases.heartbeat(worker)
    assert worker.last == 48


def test_what_is_made_ahead_of_a_playhead_is_nobodys_wish(asset):
    services.expect_playback(title_id=asset.title_id, position_s=160.0)
    before = set(WorkUnit.objects.filter(priority=Priority.SOON).values_list("pk", flat=True))
    looks(asset, ALICE, "v480", 10)
    assert before
    assert set(WorkUnit.objects.filter(priority=Priority.SOON).values_list("pk", flat=True)) == before
