"""While room is made for a unit it stays its worker's; when it does not, nothing of the next worker is touched."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from elsewhere import Elsewhere
from stored_films import COUNT, PREROLL, SEGMENT_BYTES, StoredFilm, add_rung, stored_film

from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import demand, eviction, fitting, leases, ledger, space, working
from apps.streaming.services.locking import hold_asset

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def film() -> StoredFilm:
    """Somebody watches what is there of it; its rung is planned, with one unit for the whole."""
    film = stored_film("Half made", encodes=())
    MediaAsset.objects.filter(pk=film.asset_id).update(state=AssetState.PLAYABLE)
    add_rung(film.asset, "v480", done=0, state=RenditionState.PLANNED)
    WorkUnit.objects.create(asset=film.asset, kind="video", rungs=["v480"], last=COUNT, priority=3)
    services.note_watched(film.title_id)
    return film


def claimed() -> WorkUnit:
    unit = leases.claim()
    assert unit is not None
    return unit


def taken_over(unit: WorkUnit) -> WorkUnit:
    """Its worker was silent for too long, and the next one has it."""
    WorkUnit.objects.filter(pk=unit.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    working.reap()
    WorkUnit.objects.update(not_before=None)
    return claimed()


@pytest.mark.parametrize("is_room_made", [True, False])
def test_a_unit_that_another_worker_took_while_room_was_made_is_his(film, settings, monkeypatch, is_room_made):
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes
    unit, others = claimed(), []

    def slowly(*_args: object, **_how: object) -> bool:
        others.append(taken_over(unit))
        return is_room_made

    monkeypatch.setattr(eviction, "make_room", slowly)
    attempt = unit.attempt
    with pytest.raises(leases.LeaseLost):
        space.admits(unit)
    assert unit.attempt == attempt, "its fence is its own"
    row = WorkUnit.objects.get()
    assert (row.attempt, row.state, row.last) == (others[0].attempt, UnitState.LEASED, COUNT)
    assert not film.track("v480").on_demand


def test_a_unit_is_halved_from_what_it_is_now(film):
    """A viewer has taken the end of it while its worker waited for the film."""
    Rendition.objects.filter(asset_id=film.asset_id, name="v480").update(on_demand=True)
    unit = claimed()
    WorkUnit.objects.filter(pk=unit.pk).update(last=4)
    assert fitting.halve(unit)
    assert (unit.last, WorkUnit.objects.get().last) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_what_a_viewer_cuts_off_meanwhile_is_not_made_twice(film, monkeypatch):
    monkeypatch.setattr(demand, "places_for", lambda _: 100)
    Rendition.objects.filter(asset_id=film.asset_id, name="v480").update(on_demand=True)
    unit = claimed()
    with transaction.atomic():
        hold_asset(film.asset_id)
        other = Elsewhere(lambda: fitting.halve(unit))
        other.until_blocked()
        assert demand.want_segment(film.asset_id, "v480", 20) == demand.Answer.COMING
    other.join()
    units = WorkUnit.objects.filter(state__in=["pending", "leased"])
    made = [index for one in units for index in range(one.first, one.last)]
    assert len(made) == len(set(made))
    assert 20 in made
    assert (unit.last, unit.attempt) == (WorkUnit.objects.get(pk=unit.pk).last, 1)


@pytest.mark.django_db(transaction=True)
def test_a_unit_that_was_taken_while_its_worker_waited_for_the_film_keeps_its_rungs(film):
    unit = claimed()
    with transaction.atomic():
        hold_asset(film.asset_id)
        other = Elsewhere(lambda: fitting.make_on_demand(unit))
        other.until_blocked()
        WorkUnit.objects.filter(pk=unit.pk).update(attempt=unit.attempt + 1)
    with pytest.raises(leases.LeaseLost):
        other.join()
    assert not film.track("v480").on_demand


def test_a_worker_keeps_its_lease_however_much_must_go(film, monkeypatch):
    """Each file takes a while; others may look at the film's rows between them."""
    monkeypatch.setattr(ledger, "REMOVED_AT_ONCE", 3)
    old = stored_film("Old", encodes=("v480", "v720"))
    removed, left_s, remove_file = [], [], store.remove_file

    def slowly(path):
        removed.append(path)
        left_s.append((WorkUnit.objects.get().leased_until - timezone.now()).total_seconds())
        WorkUnit.objects.update(leased_until=timezone.now() + timedelta(seconds=31 - len(removed)))
        remove_file(path)

    monkeypatch.setattr(store, "remove_file", slowly)
    space._make_room(claimed(), 20 * SEGMENT_BYTES)
    assert len(removed) == 2 * (COUNT - PREROLL)
    assert {old.track(name).state for name in ("v480", "v720")} == {RenditionState.EVICTED}
    assert min(left_s[::3]) > 29, "it was extended before every third file"


def test_who_lost_his_unit_while_he_made_room_evicts_nothing_more(film):
    old, unit = stored_film("Old", encodes=("v480", "v720")), claimed()
    taken_over(unit)
    with pytest.raises(leases.LeaseLost):
        space._make_room(unit, 20 * SEGMENT_BYTES)
    assert {old.track(name).state for name in ("v480", "v720")} == {RenditionState.READY}
