"""Rows of one film are locked in one order: whoever waits for an earlier row holds no later one.

Each test holds the earlier row, lets the action run into it on another connection, and then takes the later one, as a
publisher of segments does. With the other order the two would wait for each other for ever.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from elsewhere import LIMIT_S, Action, Elsewhere
from streaming_rows import add_track, ready_asset, unit_of

import media
from apps.common.locks import hold_until_commit
from apps.streaming import services
from apps.streaming.adapters import probe
from apps.streaming.domain.encoders import Encoder, EncoderKind, made_by
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import audit, demand, encoding, fitting, jobs, leases, ledger, planning, working

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def track() -> Rendition:
    """Half made, and its source is there."""
    asset = ready_asset(state=AssetState.PLAYABLE)
    MediaAsset.objects.filter(pk=asset.pk).update(source=str(media.film("large")), extra_bytes=1)
    return add_track(MediaAsset.objects.get(pk=asset.pk), "v480", state=RenditionState.BUILDING, done=1)


def claimed(track: Rendition, **changes: object) -> WorkUnit:
    """A unit that a worker holds and that was tried twice before."""
    unit_of(track, 1, 3, failures=leases.MAX_FAILURES - 1, **changes)
    unit = leases.claim()
    assert unit is not None
    return unit


def give_back(track: Rendition, unit: WorkUnit) -> Action:
    return lambda: leases.give_back(unit, "no", working._accept_defeat)


def reap(track: Rendition, unit: WorkUnit) -> Action:
    WorkUnit.objects.filter(pk=unit.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    return working.reap


def cancel(track: Rendition, unit: WorkUnit) -> Action:
    return partial(jobs.cancel_job, track.asset_id)


def remove(track: Rendition, unit: WorkUnit) -> Action:
    return partial(services.remove_asset, track.asset_id)


def repair(track: Rendition, unit: WorkUnit) -> Action:
    return partial(audit.repair, track.pk, [0])


def fill(track: Rendition, unit: WorkUnit) -> Action:
    return partial(planning.plan_for, track.asset_id)


def fall_back(track: Rendition, unit: WorkUnit) -> Action:
    recipe = made_by(track.recipe, Encoder(EncoderKind.NVENC))
    Rendition.objects.filter(pk=track.pk).update(recipe_data=recipe.to_json())
    return partial(encoding.use_x264, track.asset_id)


def retry(track: Rendition, unit: WorkUnit) -> Action:
    """Another rendition failed too, with a unit for both: it comes first, and the held one second."""
    other = add_track(track.asset, "v240", state=RenditionState.FAILED, done=0)
    Rendition.objects.filter(pk=track.pk).update(state=RenditionState.FAILED)
    WorkUnit.objects.filter(pk=unit.pk).update(rungs=[other.name, track.name], state="failed")
    return partial(jobs.retry_job, track.asset_id)


def reserve(track: Rendition, unit: WorkUnit) -> Action:
    """Another rendition is the unit's too: it comes first, and the held one second."""
    other = add_track(track.asset, "v240", state=RenditionState.BUILDING, done=0)
    WorkUnit.objects.filter(pk=unit.pk).update(rungs=[other.name, track.name])
    unit.refresh_from_db()
    return partial(ledger.reserve, unit, is_whole=True)


def on_demand(track: Rendition, unit: WorkUnit) -> Action:
    return partial(fitting.make_on_demand, unit)


def halve(track: Rendition, unit: WorkUnit) -> Action:
    Rendition.objects.filter(pk=track.pk).update(on_demand=True)
    return partial(fitting.halve, unit)


SETUPS = [give_back, reap, cancel, remove, repair, fill, fall_back, retry, reserve, on_demand, halve]


@pytest.mark.parametrize("setup", SETUPS)
def test_whoever_waits_for_a_rendition_holds_no_unit(track, setup):
    action = setup(track, claimed(track))
    with transaction.atomic():
        Rendition.objects.select_for_update().get(pk=track.pk)
        other = Elsewhere(action)
        other.until_blocked()
        list(WorkUnit.objects.select_for_update(nowait=True).filter(asset=track.asset_id))
    other.join()


@pytest.mark.parametrize("setup", SETUPS)
def test_whoever_waits_for_a_film_holds_none_of_its_renditions(track, setup):
    action = setup(track, claimed(track))
    with transaction.atomic():
        MediaAsset.objects.select_for_update(no_key=True).get(pk=track.asset_id)
        other = Elsewhere(action)
        other.until_blocked()
        list(Rendition.objects.select_for_update(nowait=True).filter(asset=track.asset_id))
    other.join()


def test_a_worker_that_answers_while_its_unit_is_reaped_keeps_it(track):
    unit = claimed(track)
    action = reap(track, unit)
    with transaction.atomic():
        MediaAsset.objects.select_for_update(no_key=True).get(pk=track.asset_id)
        other = Elsewhere(action)
        other.until_blocked()
        leases.heartbeat(unit)
    other.join()
    row = WorkUnit.objects.get(pk=unit.pk)
    assert (row.state, row.attempt, row.failures) == ("leased", unit.attempt, leases.MAX_FAILURES - 1)


@pytest.mark.parametrize("setup", [give_back, reap])
def test_what_a_unit_gave_away_does_not_fail_with_it(track, setup):
    """It is begun again under another name, or cut, while whoever ends it waits for the film."""
    other_track = add_track(track.asset, "v240", state=RenditionState.BUILDING, done=0)
    unit = claimed(track, rungs=[track.name, other_track.name])
    action = setup(track, unit)
    with transaction.atomic():
        MediaAsset.objects.select_for_update(no_key=True).get(pk=track.asset_id)
        other = Elsewhere(action)
        other.until_blocked()
        WorkUnit.objects.filter(pk=unit.pk).update(rungs=[track.name])
    other.join()
    states = dict(track.asset.renditions.values_list("name", "state"))
    assert (states[track.name], states[other_track.name]) == (RenditionState.FAILED, RenditionState.BUILDING)


@pytest.mark.parametrize("error", [probe.NotAFilm("no film"), probe.ProbeTimeout("slow")])
def test_whoever_waits_for_a_film_holds_no_unit(track, monkeypatch, error):
    MediaAsset.objects.filter(pk=track.asset_id).update(state=AssetState.PROBING)
    unit = claimed(track, kind=UnitKind.PREPARE)
    holding, held = threading.Event(), threading.Event()

    def fails(_unit: WorkUnit) -> None:
        holding.set()
        held.wait(LIMIT_S)
        raise error

    monkeypatch.setitem(working.MAKERS, UnitKind.PREPARE, fails)
    other = Elsewhere(lambda: working._do(unit))
    assert holding.wait(LIMIT_S)
    with transaction.atomic():
        MediaAsset.objects.select_for_update(no_key=True).get(pk=track.asset_id)
        held.set()
        other.until_blocked()
        list(WorkUnit.objects.select_for_update(nowait=True).filter(asset=track.asset_id))
    other.join()
    assert MediaAsset.objects.get(pk=track.asset_id).state == AssetState.FAILED


def test_two_who_ask_at_once_do_not_take_the_same_last_place(track, monkeypatch):
    monkeypatch.setattr(demand, "places_for", lambda _: 1)
    add_track(track.asset, "v240", state=RenditionState.PLANNED, done=0, mode=Mode.ENCODE)
    Rendition.objects.filter(pk=track.pk).update(recipe_data=track.recipe_data | {"mode": Mode.ENCODE})
    answers: list[demand.Answer] = []
    with transaction.atomic():
        assert demand.want_segment(track.asset_id, "v240", 2) == demand.Answer.COMING
        other = Elsewhere(lambda: answers.append(demand.want_segment(track.asset_id, "v480", 2)))
        other.until_blocked()
    other.join()
    assert answers == [demand.Answer.REFUSED]
    assert WorkUnit.objects.count() == 1


def test_who_needs_no_encoder_waits_for_nobody_who_does(track):
    Rendition.objects.filter(asset=track.asset_id, name="v-src").update(state=RenditionState.EVICTED, bitmap=bytes(1))
    answers: list[demand.Answer] = []
    with transaction.atomic():
        hold_until_commit(demand.ADMISSION_LOCK)
        Elsewhere(lambda: answers.append(demand.want_segment(track.asset_id, "v-src", 2))).join()
    assert answers == [demand.Answer.COMING]


@pytest.mark.parametrize("way", ["a wish", "a playhead"])
def test_who_waited_for_the_cut_of_a_unit_plans_nothing_twice(track, monkeypatch, way):
    """A statement that waited for the row does not see the units that the cut has added."""
    monkeypatch.setattr(demand, "places_for", lambda _: 100)
    light = add_track(track.asset, "v240", state=RenditionState.BUILDING, done=0)
    for row in (track, light):
        recipe = row.recipe_data | {"mode": "encode", "height": int(row.name[1:])}
        Rendition.objects.filter(pk=row.pk).update(recipe_data=recipe)
    unit_of(track, 1, 3, rungs=["v240", "v480"], priority=3, base_priority=3)
    ways: dict[str, Action] = {
        "a wish": partial(demand.want_segment, track.asset_id, "v240", 2),
        "a playhead": partial(services.expect_playback, title_id=track.asset.title_id, position_s=9, heights=[240]),
    }
    with transaction.atomic():
        assert demand.want_segment(track.asset_id, "v480", 2) == demand.Answer.COMING
        other = Elsewhere(ways[way])
        other.until_blocked()
    other.join()
    units = WorkUnit.objects.filter(asset=track.asset_id, state__in=planning.OPEN)
    pairs = [(rung, at) for unit in units for rung in unit.rungs for at in range(unit.first, unit.last)]
    assert sorted(pairs) == [("v240", 1), ("v240", 2), ("v480", 1), ("v480", 2)]


@pytest.mark.parametrize("ask", ["segment", "init"])
def test_who_asks_for_what_is_held_for_long_is_told_so_and_asks_again(track, monkeypatch, ask):
    """Files of a bucket are removed while their rendition is held; each who waits has a thread of the web process."""
    monkeypatch.setattr(demand, "FILM_WAIT_S", 0.1)
    monkeypatch.setattr(demand, "places_for", lambda _: 1)
    Rendition.objects.filter(pk=track.pk).update(recipe_data=track.recipe_data | {"mode": "encode"})
    ways: dict[str, Callable[[], demand.Answer]] = {
        "segment": partial(demand.want_segment, track.asset_id, "v480", 2),
        "init": partial(demand.want_init, track.asset_id, "v480"),
    }
    answers: list[demand.Answer] = []
    with transaction.atomic():
        Rendition.objects.select_for_update().get(pk=track.pk)
        Elsewhere(lambda: answers.append(ways[ask]())).join()
    assert answers == [demand.Answer.REFUSED]
    assert ways[ask]() == demand.Answer.COMING


def test_who_needs_an_encoder_of_a_film_that_is_held_keeps_nobody_waiting_for_long(track, monkeypatch):
    monkeypatch.setattr(demand, "FILM_WAIT_S", 0.1)
    Rendition.objects.filter(pk=track.pk).update(recipe_data=track.recipe_data | {"mode": "encode"})
    unit_of(track, 1, 3, priority=3, base_priority=3)
    ask, answers = demand._ask, []

    def held(*args: object, may_admit: bool) -> demand.Answer:
        return ask(*args, may_admit=True) if may_admit else demand.Answer.REFUSED

    monkeypatch.setattr(demand, "_ask", held)
    with transaction.atomic():
        MediaAsset.objects.select_for_update(no_key=True).get(pk=track.asset_id)
        Elsewhere(lambda: answers.append(demand.want_segment(track.asset_id, "v480", 2))).join()
    assert answers == [demand.Answer.REFUSED]
    assert demand.want_segment(track.asset_id, "v480", 2) == demand.Answer.COMING
