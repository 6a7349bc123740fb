"""What people ask for comes first, each segment belongs to one unit, and whoever goes away is forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone
from streaming_rows import add_track, piece, ready_asset, unit_of

from apps.streaming import services
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.priorities import WAITING_S, Priority
from apps.streaming.domain.progress import empty_bitmap, with_bit
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import abandoning, demand, leases, planning, publishing
from apps.streaming.services.demand import Answer

pytestmark = pytest.mark.django_db

GRID = Segments(25, tuple(range(0, 6000, 100)), 6000, (100,) * 60)  # four minutes, 60 segments
RUNGS = ("v480", "v720")


@pytest.fixture
def asset() -> MediaAsset:
    """A playable film of four minutes with two rungs of which nothing is made."""
    asset = ready_asset(state=AssetState.PLAYABLE)
    for name in RUNGS:
        add_long_track(asset, name)
    return asset


def add_long_track(asset: MediaAsset, name: str, **changes: object) -> Rendition:
    track = add_track(asset, name, state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
    values = {"segment_data": GRID.to_json(), "segment_count": 60, "bitmap": empty_bitmap(60)} | changes
    Rendition.objects.filter(pk=track.pk).update(**values)
    return Rendition.objects.get(pk=track.pk)


def whole_unit(asset: MediaAsset, **changes: object) -> WorkUnit:
    return unit_of(asset.renditions.get(name="v480"), 0, 60, rungs=list(RUNGS), **changes)


def layout(asset: MediaAsset) -> list[tuple[int, int, str, int]]:
    units = asset.units.exclude(state__in=[UnitState.DONE, UnitState.FAILED]).order_by("first", "priority")
    return [(unit.first, unit.last, "+".join(unit.rungs), unit.priority) for unit in units]


def test_a_miss_takes_half_a_minute_of_one_rung_out_of_its_unit(asset):
    whole_unit(asset)
    assert demand.want_segment(asset.pk, "v720", 20) == Answer.COMING
    assert layout(asset) == [
        (0, 20, "v480+v720", 3), (20, 28, "v720", 0), (20, 28, "v480", 3), (28, 60, "v480+v720", 3),
    ]  # fmt: skip


def test_asking_again_changes_nothing(asset):
    whole_unit(asset)
    for index in (20, 20, 21, 25):
        demand.want_segment(asset.pk, "v720", index)
    assert len(layout(asset)) == 4
    assert leases.claim().rungs == ["v720"]


def test_a_leased_unit_gives_away_what_is_far_ahead_of_its_worker(asset):
    whole_unit(asset)
    worker = leases.claim()
    assert demand.want_segment(asset.pk, "v480", 30) == Answer.COMING
    urgent = leases.claim()
    assert (urgent.first, urgent.last, urgent.rungs) == (30, 38, ["v480"])
    leases.heartbeat(worker)
    assert (worker.first, worker.last, worker.failures) == (0, 30, 0), "the worker keeps its lease and does less"


@pytest.mark.parametrize("index", [20, 21])
def test_a_maker_that_hardly_moves_beside_others_is_not_waited_for(asset, index):
    """It keeps its lease and makes nothing more; somebody urgent makes what is wanted."""
    unit_of(asset.renditions.get(name="v480"), 20, 60, rungs=list(RUNGS))
    ahead = leases.claim()
    other = add_long_track(asset, "v1080")
    unit_of(other, 0, 8, priority=Priority.WAITING, base_priority=0, wanted_at=timezone.now())
    assert leases.claim().rungs == ["v1080"]
    assert demand.want_segment(asset.pk, "v480", index) == Answer.COMING
    urgent = leases.claim()
    assert (urgent.rungs, urgent.first, urgent.priority) == (["v480"], index, Priority.WAITING)
    leases.heartbeat(ahead)
    assert (ahead.first, ahead.last, ahead.rungs) == (20, index, list(RUNGS))
    assert demand.want_segment(asset.pk, "v480", index) == Answer.COMING
    held = sorted(
        (rung, at) for unit in asset.units.all() for rung in unit.rungs for at in range(unit.first, unit.last)
    )
    assert [pair for pair in held if pair[0] != "v1080"] == sorted((rung, at) for rung in RUNGS for at in range(20, 60))


def test_a_close_maker_is_waited_for_when_nothing_is_more_urgent(asset):
    whole_unit(asset)
    leases.claim()
    assert demand.want_segment(asset.pk, "v480", 1) == Answer.COMING
    assert len(layout(asset)) == 1


def test_a_worker_does_not_publish_what_was_taken_from_it(asset):
    whole_unit(asset)
    worker = leases.claim()
    track = asset.renditions.get(name="v480")
    demand.want_segment(asset.pk, "v480", 30)
    assert not publishing.record_segment(worker, track, 31, piece(1000), GRID.duration_s(31))
    track.refresh_from_db()
    assert bytes(track.bitmap) == empty_bitmap(60)


def test_a_worker_that_is_almost_there_is_waited_for(asset):
    whole_unit(asset)
    leases.claim()
    assert demand.want_segment(asset.pk, "v480", 2) == Answer.COMING
    assert layout(asset) == [(0, 60, "v480+v720", 3)]


def test_copied_sound_comes_first_as_a_whole(asset):
    sound = add_long_track(asset, "a-fre-2")
    recipe = sound.recipe_data | {"mode": Mode.COPY, "in_one_pass": True}
    Rendition.objects.filter(pk=sound.pk).update(recipe_data=recipe)
    unit = unit_of(sound, 0, 60, kind=UnitKind.AUDIO)
    assert demand.want_segment(asset.pk, "a-fre-2", 40) == Answer.COMING
    unit.refresh_from_db()
    assert (unit.first, unit.last, unit.priority) == (0, 60, 0)


def test_encoded_sound_is_begun_where_somebody_waits_for_it(asset):
    """Ten minutes of it: it is made much faster than it is heard."""
    sound = add_long_track(asset, "a-fre-2")
    unit_of(sound, 0, 60, kind=UnitKind.AUDIO, rungs=["a-fre-2", "a-ger-3"])
    assert demand.want_segment(asset.pk, "a-fre-2", 40) == Answer.COMING
    assert layout(asset) == [(0, 40, "a-fre-2+a-ger-3", 3), (40, 60, "a-fre-2", 0), (40, 60, "a-ger-3", 3)]


def test_ten_minutes_of_sound_are_enough_at_once_and_the_rest_takes_no_thread_of_what_opens_films(asset):
    sound = add_long_track(asset, "a-fre-2")
    count = 300  # twenty minutes
    grid = Segments(25, tuple(range(0, 100 * count, 100)), 100 * count, (100,) * count)
    Rendition.objects.filter(pk=sound.pk).update(
        segment_data=grid.to_json(), segment_count=count, bitmap=empty_bitmap(count)
    )
    unit_of(sound, 0, count, kind=UnitKind.AUDIO, priority=Priority.SOON, base_priority=Priority.SOON)
    assert demand.want_segment(asset.pk, "a-fre-2", 100) == Answer.COMING
    assert layout(asset) == [(0, 100, "a-fre-2", 1), (100, 250, "a-fre-2", 0), (250, 300, "a-fre-2", 2)]
    WorkUnit.objects.update(wanted_at=timezone.now() - timedelta(hours=1))
    abandoning.forget_wishes()
    assert [priority for *_, priority in layout(asset)] == [1, 2, 2]


def test_a_place_that_nobody_has_tried_has_all_its_tries(asset):
    """It was to be given up after one more failure, and its next try put off."""
    whole_unit(asset, failures=2)
    assert demand.want_segment(asset.pk, "v480", 20) == Answer.COMING
    tries = {unit.first: unit.failures for unit in WorkUnit.objects.filter(rungs__contains=["v480"])}
    assert tries == {0: 2, 20: 0, 28: 0}


def test_a_pass_behind_people_who_wait_is_waited_for_less(asset):
    unit_of(add_long_track(asset, "a-fre-2"), 0, 60, kind=UnitKind.AUDIO)
    leases.claim()
    unit_of(add_long_track(asset, "v1080"), 0, 8, priority=Priority.WAITING, base_priority=0, wanted_at=timezone.now())
    assert leases.claim().rungs == ["v1080"]
    assert demand.want_segment(asset.pk, "a-fre-2", 3) == Answer.COMING
    assert [(first, last) for first, last, rungs, _ in layout(asset) if rungs == "a-fre-2"] == [(0, 3), (3, 60)]


@pytest.mark.parametrize(("index", "begun"), [(25, [(0, 60)]), (26, [(0, 26), (26, 60)])])
def test_a_pass_over_the_sound_that_is_almost_there_is_waited_for(asset, index, begun):
    unit_of(add_long_track(asset, "a-fre-2"), 0, 60, kind=UnitKind.AUDIO)
    leases.claim()
    assert demand.want_segment(asset.pk, "a-fre-2", index) == Answer.COMING
    assert [(first, last) for first, last, *_ in layout(asset)] == begun


@pytest.mark.parametrize("state", [RenditionState.PLANNED, RenditionState.EVICTED])
def test_a_rung_without_units_gets_one_where_it_is_watched(asset, state):
    add_long_track(asset, "v240", state=state, on_demand=True)
    assert demand.want_segment(asset.pk, "v240", 58) == Answer.COMING
    assert layout(asset) == [(58, 60, "v240", 0)]


def test_a_film_that_is_complete_can_still_be_asked_for_an_evicted_rung(asset):
    MediaAsset.objects.filter(pk=asset.pk).update(state=AssetState.COMPLETE)
    Rendition.objects.filter(asset=asset, name="v720").update(state=RenditionState.EVICTED, on_demand=True)
    assert demand.want_segment(asset.pk, "v720", 5) == Answer.COMING


def test_nobody_makes_what_does_not_exist(asset):
    Rendition.objects.filter(asset=asset, name="v720").update(state=RenditionState.FAILED)
    asked = [("v720", 5), ("v480", 60), ("v2160", 0), ("s-eng-2", 0)]
    assert {demand.want_segment(asset.pk, rung, index) for rung, index in asked} == {Answer.UNKNOWN}
    assert demand.want_init(asset.pk, "v720") == Answer.UNKNOWN


def test_what_is_made_is_not_made_again(asset):
    assert demand.want_segment(asset.pk, "v-src", 0) == Answer.MADE
    assert not WorkUnit.objects.exists()


def test_more_viewers_than_the_machine_can_serve_are_refused(asset, monkeypatch):
    whole_unit(asset)
    monkeypatch.setattr(demand, "places_for", lambda _: 2)
    answers = [demand.want_segment(asset.pk, "v480", index) for index in (10, 30, 50)]
    assert answers == [Answer.COMING, Answer.COMING, Answer.REFUSED]
    assert demand.want_segment(asset.pk, "v480", 31) == Answer.COMING, "this one is being made already"


def test_the_init_segment_of_a_new_rung_is_made_with_its_first_segment(asset):
    whole_unit(asset)
    assert demand.want_init(asset.pk, "v480") == Answer.COMING
    assert layout(asset)[0] == (0, 8, "v480", 0)
    assert demand.want_init(asset.pk, "v480") == Answer.COMING
    assert len(layout(asset)) == 3


def test_a_playhead_brings_the_next_half_minute_forward(asset):
    whole_unit(asset)
    services.expect_playback(title_id=asset.title_id, position_s=41.0)
    assert layout(asset) == [
        (0, 10, "v480+v720", 3), (10, 18, "v480+v720", 1), (18, 60, "v480+v720", 3),
    ]  # fmt: skip
    services.expect_playback(title_id=asset.title_id, position_s=41.5)
    assert len(layout(asset)) == 3


def test_a_playhead_of_one_rung_brings_that_rung_forward(asset):
    whole_unit(asset)
    services.expect_playback(title_id=asset.title_id, position_s=0, heights=[360])
    wanted = [unit for unit in layout(asset) if unit[3] == Priority.SOON]
    assert wanted
    assert {first for first, *_ in wanted} == {0}


def test_rungs_that_are_watched_side_by_side_come_from_one_decode(asset):
    whole_unit(asset)
    for name, height in (("v480", 480), ("v720", 720)):
        track = asset.renditions.get(name=name)
        Rendition.objects.filter(pk=track.pk).update(recipe_data=track.recipe_data | {"height": height})
    services.expect_playback(title_id=asset.title_id, position_s=41.0, heights=[720, 480])
    assert layout(asset) == [
        (0, 10, "v480+v720", 3), (10, 18, "v480+v720", Priority.SOON), (18, 60, "v480+v720", 3),
    ]  # fmt: skip
    services.expect_playback(title_id=asset.title_id, position_s=101.0, heights=[480])
    assert (25, 33, "v480", Priority.SOON) in layout(asset), "and what nobody watches is not hurried"


def test_playheads_of_unknown_titles_and_beyond_the_end_change_nothing(asset):
    whole_unit(asset)
    services.expect_playback(title_id=asset.pk, position_s=10)
    services.expect_playback(title_id=asset.title_id, position_s=1e9)
    assert layout(asset) == [(0, 60, "v480+v720", 3)]


def test_a_wish_is_forgotten_when_nobody_asks_any_more(asset):
    whole_unit(asset)
    add_long_track(asset, "v240", state=RenditionState.PLANNED, on_demand=True)
    demand.want_segment(asset.pk, "v720", 20)
    demand.want_segment(asset.pk, "v240", 20)
    abandoning.forget_wishes()
    assert [unit[3] for unit in layout(asset)].count(0) == 2, "half a minute has not passed"
    WorkUnit.objects.filter(priority=0).update(wanted_at=timezone.now() - timedelta(seconds=31))
    abandoning.forget_wishes()
    assert {unit[3] for unit in layout(asset)} == {3}
    assert not WorkUnit.objects.filter(rungs=["v240"]).exists(), "it is made only where somebody watches"


def test_a_hole_that_no_unit_holds_is_planned_again(asset):
    unit_of(asset.renditions.get(name="v480"), 0, 40, rungs=list(RUNGS))
    planning.plan_for(asset.pk)
    held = {
        (rung, index) for unit in asset.units.all() for rung in unit.rungs for index in range(unit.first, unit.last)
    }
    assert held == {(rung, index) for rung in RUNGS for index in range(60)}
    assert sum((unit.last - unit.first) * len(unit.rungs) for unit in asset.units.all()) == 120


def test_the_rest_of_a_unit_keeps_its_place_in_the_queue(asset):
    first = whole_unit(asset)
    later = ready_asset("A later film", state=AssetState.PLAYABLE)
    unit_of(add_long_track(later, "v480"), 0, 60)
    demand.want_segment(asset.pk, "v480", 20)
    WorkUnit.objects.filter(priority=0).update(state=UnitState.DONE)
    assert leases.claim().asset_id == first.asset_id
    assert leases.claim().asset_id == first.asset_id


@pytest.mark.parametrize("is_noted", [False, True])
def test_a_link_of_an_older_epoch_orders_nothing(asset, is_noted):
    MediaAsset.objects.filter(pk=asset.pk).update(epoch=2)
    unit = unit_of(Rendition.objects.get(asset=asset, name="v480"), 0, 60)
    if is_noted:
        demand.want_segment(asset.pk, "v480", 20, epoch=2)
    before = list(WorkUnit.objects.order_by("pk").values())
    assert demand.want_segment(asset.pk, "v480", 20, epoch=1) == Answer.UNKNOWN
    assert demand.want_init(asset.pk, "v480", epoch=1) == Answer.UNKNOWN
    assert list(WorkUnit.objects.order_by("pk").values()) == before
    assert demand.want_segment(asset.pk, "v480", 20, epoch=2) == Answer.COMING
    assert WorkUnit.objects.filter(asset=unit.asset, priority=Priority.WAITING).exists()


def test_a_seek_that_its_viewer_left_takes_no_place(asset, monkeypatch):
    whole_unit(asset)
    monkeypatch.setattr(demand, "places_for", lambda _: 1)
    demand.want_segment(asset.pk, "v480", 10)
    abandoned = leases.claim()
    assert demand.want_segment(asset.pk, "v480", 40) == Answer.REFUSED
    WorkUnit.objects.filter(pk=abandoned.pk).update(wanted_at=timezone.now() - timedelta(seconds=31))
    assert demand.want_segment(asset.pk, "v480", 40) == Answer.COMING


def test_asking_for_what_a_worker_makes_keeps_its_place(asset, monkeypatch):
    whole_unit(asset)
    monkeypatch.setattr(demand, "places_for", lambda _: 1)
    demand.want_segment(asset.pk, "v480", 10)
    made_now = leases.claim()
    WorkUnit.objects.filter(pk=made_now.pk).update(wanted_at=timezone.now() - timedelta(seconds=31))
    assert demand.want_segment(asset.pk, "v480", 11) == Answer.COMING
    assert demand.want_segment(asset.pk, "v480", 40) == Answer.REFUSED


def leased_on_demand(asset, *, asked_s_ago: float, **changes: object) -> WorkUnit:
    """A worker makes what a viewer asked for, and has made two segments of it."""
    track = asset.renditions.get(name="v480")
    bitmap = with_bit(with_bit(bytes(track.bitmap), 30), 31)
    Rendition.objects.filter(pk=track.pk).update(**({"on_demand": True, "bitmap": bitmap} | changes))
    asked = timezone.now() - timedelta(seconds=asked_s_ago)
    unit_of(track, 30, 38, priority=0, base_priority=4, wanted_at=asked)
    unit = leases.claim()
    assert unit is not None
    return unit


def test_a_seek_that_its_viewer_left_is_made_no_further_than_the_segment_under_way(asset):
    worker = leased_on_demand(asset, asked_s_ago=WAITING_S + 1)
    abandoning.forget_wishes()
    leases.heartbeat(worker)
    assert (worker.first, worker.last) == (30, 33)
    leases.finish(worker)
    assert demand.want_segment(asset.pk, "v480", 34) == Answer.COMING, "whoever comes back asks anew"


@pytest.mark.parametrize(("asked_s_ago", "changes"), [(1, {}), (WAITING_S + 1, {"on_demand": False})])
def test_what_somebody_waits_for_or_what_is_made_anyway_is_made_to_its_end(asset, asked_s_ago, changes):
    worker = leased_on_demand(asset, asked_s_ago=asked_s_ago, **changes)
    abandoning.forget_wishes()
    leases.heartbeat(worker)
    assert (worker.first, worker.last) == (30, 38)


def evicted_copy(asset: MediaAsset) -> Rendition:
    """The source's picture, 720 lines high, was removed; it is copied again while somebody watches it."""
    track = asset.renditions.get(name="v-src")
    recipe = track.recipe_data | {"height": 720}
    changes = {"state": RenditionState.EVICTED, "on_demand": True, "bitmap": empty_bitmap(60), "recipe_data": recipe}
    Rendition.objects.filter(pk=track.pk).update(segment_data=GRID.to_json(), segment_count=60, **changes)
    return Rendition.objects.get(pk=track.pk)


def test_an_evicted_copy_that_is_watched_is_made_ahead_of_the_playhead(asset):
    evicted_copy(asset)
    services.expect_playback(title_id=asset.title_id, position_s=41.0, heights=[720])
    assert layout(asset) == [(10, 18, "v-src", Priority.SOON)]
    services.expect_playback(title_id=asset.title_id, position_s=61.0, heights=[720])
    assert layout(asset) == [(10, 18, "v-src", Priority.SOON), (18, 26, "v-src", Priority.SOON)]


def test_the_unit_of_a_copy_is_brought_forward_whole(asset):
    unit_of(evicted_copy(asset), 0, 60)
    services.expect_playback(title_id=asset.title_id, position_s=41.0, heights=[720])
    assert layout(asset) == [(0, 60, "v-src", Priority.SOON)]


@pytest.mark.parametrize("heights", [(), (480,)])
def test_an_evicted_copy_that_nobody_watches_is_not_made(asset, heights):
    evicted_copy(asset)
    services.expect_playback(title_id=asset.title_id, position_s=41.0, heights=heights)
    assert layout(asset) == []


def copy_under_way(asset: MediaAsset) -> None:
    """The source's picture, 1080 lines high, of which two minutes are to be copied, with what is made ahead."""
    track = evicted_copy(asset)
    recipe = track.recipe_data | {"height": 1080}
    changes = {"state": RenditionState.BUILDING, "on_demand": False, "recipe_data": recipe}
    Rendition.objects.filter(pk=track.pk).update(**changes)
    for first in (0, 15, 30, 45):
        unit_of(track, first, first + 15, priority=Priority.PREROLL, base_priority=Priority.PREROLL)


@pytest.mark.parametrize("heights", [(), (1080,)])
def test_a_copy_under_way_is_made_ahead_of_the_playhead(asset, heights):
    copy_under_way(asset)
    services.expect_playback(title_id=asset.title_id, position_s=41.0, heights=heights)
    assert [(first, priority) for first, _, rungs, priority in layout(asset) if rungs == "v-src"] == [
        (0, Priority.SOON), (15, Priority.SOON), (30, Priority.PREROLL), (45, Priority.PREROLL),
    ]  # fmt: skip


def test_a_copy_under_way_that_nobody_watches_is_not_hurried(asset):
    copy_under_way(asset)
    services.expect_playback(title_id=asset.title_id, position_s=41.0, heights=[480])
    assert {priority for *_, priority in layout(asset)} == {Priority.PREROLL}
