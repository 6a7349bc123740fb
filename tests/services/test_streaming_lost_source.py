"""No film loses both its download and what was made from it: one of the two stays whole, or the film goes whole."""

import pytest
from django.db import transaction
from elsewhere import Elsewhere
from stored_films import COUNT, PREROLL, RUNG_BYTES, SEGMENT_BYTES, StoredFilm, bits_of, stored_film

from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, StorageEvent, WorkUnit
from apps.streaming.services import audit, eviction, victims
from apps.streaming.services.locking import hold_asset
from apps.torrents.domain.states import TorrentState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
ALL = set(range(COUNT))


@pytest.fixture
def film() -> StoredFilm:
    return stored_film("A film")


def lost(film: StoredFilm) -> set[int]:
    """Segments of the copy that are not there and that nothing can make again."""
    if film.asset.state == AssetState.EVICTED:
        return set()
    copy = film.track("v-src")
    assert bits_of(copy) <= film.files("v-src")
    return set() if film.asset.has_source else ALL - bits_of(copy)


def needs_all_browsers_to_have(film: StoredFilm, codec: str) -> None:
    """The copy is of a kind that some browsers do not show, so the encodes stand in for it there."""
    Rendition.objects.filter(asset_id=film.asset_id, name="v-src").update(codec=codec)


def test_what_one_look_chooses_takes_the_download_or_the_copy_but_not_both(film):
    assert eviction.make_room(50_000, "A film needs the room.")
    assert lost(film) == set()
    assert film.asset.state == AssetState.EVICTED, "the download and the rung are not enough, so the film goes whole"


@pytest.mark.parametrize("short_bytes", range(SEGMENT_BYTES, 4 * RUNG_BYTES + 1, 7 * SEGMENT_BYTES))
@pytest.mark.parametrize("codec", ["avc1.64001e", "hvc1.1.6.L93.B0"])
def test_whatever_is_short_nothing_is_lost(film, short_bytes, codec):
    needs_all_browsers_to_have(film, codec)
    other = stored_film("Another film")
    needs_all_browsers_to_have(other, codec)
    for _ in range(6):
        eviction.make_room(short_bytes, "A film needs the room.")
        assert (lost(film), lost(other)) == (set(), set())
        for one in (film, other):
            if codec.startswith("hvc1") and one.asset.state == AssetState.COMPLETE and not one.asset.has_source:
                assert bits_of(one.track("v480")) == ALL, "nobody without HEVC would see the film"


def test_a_copy_whose_download_is_gone_stays_though_it_was_chosen(film):
    copy = film.track("v-src")
    eviction.evict_payload(film.asset_id, "")
    eviction.evict_rung(copy.pk, "")
    assert lost(film) == set()
    assert (film.track("v-src").state, film.track("v-src").on_demand) == (RenditionState.READY, False)


def test_a_rung_whose_source_file_was_taken_away_stays(film):
    film.torrent.video_path.unlink()
    eviction.evict_rung(film.track("v480").pk, "")
    assert film.files("v480") == bits_of(film.track("v480")) == ALL
    assert not StorageEvent.objects.exists()


def test_a_download_whose_copy_is_not_whole_any_more_stays_though_it_was_chosen(film):
    eviction.evict_rung(film.track("v-src").pk, "")
    eviction.evict_payload(film.asset_id, "")
    assert film.asset.has_source
    assert film.torrent.state == TorrentState.COMPLETE


def test_a_download_from_which_a_repair_is_to_be_made_stays_and_so_does_the_repair(film):
    (chosen,) = [one for one in victims.candidates().things if one.value == eviction.Value.PAYLOAD]
    assert audit.repair(film.track("v-src").pk, [20])
    eviction.evict(chosen, "")
    assert film.asset.has_source
    unit = WorkUnit.objects.get()
    assert (unit.rungs, unit.state) == (["v-src"], UnitState.PENDING)
    assert unit.first <= 20 < unit.last


def test_a_download_stays_while_some_browsers_have_only_a_rung_that_is_made_from_it(film):
    needs_all_browsers_to_have(film, "hvc1.1.6.L93.B0")
    eviction.evict_rung(film.track("v480").pk, "")
    eviction.evict_payload(film.asset_id, "")
    assert film.asset.has_source
    assert film.track("v480").state == RenditionState.EVICTED


@pytest.mark.parametrize("state", [AssetState.PLAYABLE, AssetState.FAILED, AssetState.EVICTED])
def test_the_download_of_a_film_that_is_not_complete_stays(film, state):
    MediaAsset.objects.filter(pk=film.asset_id).update(state=state)
    eviction.evict_payload(film.asset_id, "")
    assert film.asset.has_source


def test_what_cannot_be_made_again_is_not_taken_away_for_a_repair(film, monkeypatch):
    """The download goes while the repair waits for the film."""
    hold = audit.hold_asset

    def after_the_download(asset_id):
        monkeypatch.setattr(audit, "hold_asset", hold)
        eviction.evict_payload(film.asset_id, "")
        return hold(asset_id)

    monkeypatch.setattr(audit, "hold_asset", after_the_download)
    assert not audit.repair(film.track("v-src").pk, [20])
    assert not film.asset.has_source
    assert 20 in bits_of(film.track("v-src"))
    assert not WorkUnit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_takes_the_copy_waits_for_who_takes_the_download(film):
    copy = film.track("v-src")
    with transaction.atomic():
        hold_asset(film.asset_id)
        other = Elsewhere(lambda: eviction.evict_rung(copy.pk, ""))
        other.until_blocked()
        MediaAsset.objects.filter(pk=film.asset_id).update(has_source=False)
    other.join()
    assert bits_of(film.track("v-src")) == film.files("v-src") == ALL


@pytest.mark.django_db(transaction=True)
def test_who_takes_the_download_sees_the_repair_that_was_planned_while_he_waited(film):
    with transaction.atomic():
        hold_asset(film.asset_id)
        other = Elsewhere(lambda: eviction.evict_payload(film.asset_id, ""))
        other.until_blocked()
        assert audit.repair(film.track("v-src").pk, [20])
    other.join()
    assert film.asset.has_source
    assert WorkUnit.objects.filter(rungs=["v-src"], state=UnitState.PENDING).exists()
    assert set(range(PREROLL)) <= bits_of(film.track("v-src"))
