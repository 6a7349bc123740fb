"""Every wait for room ends: films that cannot all be stored twice are made where somebody watches, or do with less.

A store of 20 MB, and films of which the download, the copy and one rung are there to be made. Makers are played: they
publish small files and write down the sizes that real ones would have.
"""

from functools import partial

import pytest
from elsewhere import Elsewhere
from stored_films import COUNT, PREROLL, StoredFilm, add_rung, bits_of, stored_film

from apps.common.locks import try_to_hold
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.progress import empty_bitmap, missing, with_bit
from apps.streaming.domain.states import AssetState, RenditionEvent, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, TitleCare, WorkUnit
from apps.streaming.services import eviction, fitting, leases, ledger, quota, settling, space, working
from apps.streaming.services.moves import move_rendition
from apps.streaming.services.stored import note_stored, path_of
from apps.torrents import services as torrents
from apps.torrents.models import Torrent

pytestmark = pytest.mark.django_db
MB = 1_000_000
QUOTA_BYTES = 20 * MB
ROUNDS_MAX = 8
OVER = {AssetState.COMPLETE, AssetState.FAILED, AssetState.EVICTED}


@pytest.fixture(autouse=True)
def small_store(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    settings.MEDIA_QUOTA_BYTES = QUOTA_BYTES
    for kind in ("video", "audio"):
        monkeypatch.setitem(working.MAKERS, kind, make)
    monkeypatch.setattr(settling, "_fault_of", lambda *_: None)


def make(unit: WorkUnit) -> None:
    for track in unit.asset.renditions.filter(name__in=unit.rungs):
        move_rendition(track.pk, RenditionEvent.STARTED)
        open_ones = missing(bytes(track.bitmap), unit.first, unit.last)
        whole = unit.asset.facts["size_bytes"] if track.name == "v-src" else 100_000 / 8 * 4 * COUNT
        bitmap = bytes(track.bitmap)
        for index in open_ones:
            stored = store.publish_bytes(b"x", path_of(track, unit.asset.epoch, index))
            note_stored(track, {index: store.Published(int(whole / COUNT), stored.sha256)})
            bitmap = with_bit(bitmap, index)
        size_bytes = track.size_bytes + len(open_ones) * int(whole / COUNT)
        Rendition.objects.filter(pk=track.pk).update(bitmap=bitmap, size_bytes=size_bytes)
    assert ledger.usage().total_bytes <= QUOTA_BYTES


def arrived(name: str, mb: float, *, in_one_pass: bool = False, encodes: tuple[str, ...] = ("v480",)) -> StoredFilm:
    """Downloaded and probed; nothing of it is made yet."""
    film = stored_film(name, source_bytes=int(mb * MB), encodes=(), has_copy=False)
    MediaAsset.objects.filter(pk=film.asset_id).update(state=AssetState.PROBING, extra_bytes=0)
    film.asset.renditions.all().delete()
    for track in ("v-src", "a-eng-1", *encodes):
        add_rung(film.asset, track, done=0, state=RenditionState.PLANNED)
    plan = partial(WorkUnit.objects.create, asset=film.asset)
    if in_one_pass:
        copy = film.track("v-src")
        Rendition.objects.filter(pk=copy.pk).update(recipe_data=copy.recipe_data | {"in_one_pass": True})
        plan(kind="video", rungs=["v-src"], first=0, last=COUNT)
    for first in (0, PREROLL):
        if not in_one_pass:
            plan(kind="video", rungs=["v-src"], first=first, last=first + PREROLL)
        if encodes:
            plan(kind="video", rungs=list(encodes), first=first, last=first + PREROLL, priority=2 if not first else 3)
    plan(kind="audio", rungs=["a-eng-1"], last=COUNT)
    services.note_watched(film.title_id)  # whoever asked for it opens it at once
    return film


def release_failed() -> None:
    """What the wing of requests does with the download of a film that failed, and torrentd a second later."""
    for asset in MediaAsset.objects.filter(state=AssetState.FAILED):
        found = ledger.payload_of(asset)
        if found:
            torrents.remove(found[0])
            Torrent.objects.filter(pk=found[0]).update(files_deleted_at=asset.created_at)


def work(*films: StoredFilm, is_over: bool = True) -> None:
    for _ in range(ROUNDS_MAX):
        while services.run_next_unit():
            assert ledger.usage().total_bytes <= QUOTA_BYTES
        WorkUnit.objects.update(not_before=None)  # the ten seconds are over
        services.sweep()
        release_failed()
        if {film.asset.state for film in films} <= OVER:
            break
    states = [(film.asset.state, film.asset.pause_reason) for film in films]
    assert not is_over or {state for state, _ in states} <= OVER, states


def beginning_of(film: StoredFilm, name: str = "v-src") -> set[int]:
    return bits_of(film.track(name)) & set(range(PREROLL))


def test_two_films_whose_copies_do_not_fit_beside_each_other_are_both_watchable():
    films = [arrived(name, 8) for name in ("First", "Second")]
    work(*films)
    for film in films:
        assert (film.asset.state, film.asset.reason) == (AssetState.COMPLETE, "")
        assert {0, 1} <= beginning_of(film) | beginning_of(film, "v480")
        assert film.asset.has_source
        assert film.track("v-src").on_demand
    TitleCare.objects.all().delete()
    kinds = {(one.title_id, one.value.name) for one in eviction.candidates().things}
    assert {(film.title_id, "TITLE") for film in films} <= kinds, "what nobody watches any more can leave"


def test_a_copy_that_cannot_be_parted_and_does_not_fit_is_done_without():
    film = arrived("Open", 11, in_one_pass=True)
    work(film)
    assert (film.asset.state, film.asset.pause_reason) == (AssetState.COMPLETE, "")
    copy = film.track("v-src")
    assert (copy.state, copy.reason) == (RenditionState.FAILED, fitting.NEVER_FITS)
    assert film.track("v480").state == film.track("a-eng-1").state == RenditionState.READY
    assert "v-src" not in (store.folder(film.asset_id, 1) / "master.m3u8").read_text()
    TitleCare.objects.all().delete()
    assert "TITLE" in {one.value.name for one in eviction.candidates().things}


def test_a_film_that_has_nothing_else_than_such_a_copy_fails_with_a_reason():
    film = arrived("Open", 11, in_one_pass=True, encodes=())
    work(film)
    assert film.asset.state == AssetState.FAILED
    assert fitting.NEVER_FITS in film.asset.reason
    assert film.asset.reason.startswith("The picture of this film could not be prepared.")


def test_two_films_with_such_copies_that_both_stay_are_both_watchable():
    films = [arrived(name, 7.5, in_one_pass=True) for name in ("First", "Second")]
    for film in films:
        services.set_listed(film.title_id, is_listed=True)
    work(*films)
    for film in films:
        assert (film.asset.state, film.asset.reason) == (AssetState.COMPLETE, "")
        assert {0, 1} <= beginning_of(film, "v480")


def test_such_a_copy_waits_while_the_room_is_only_lent(settings):
    """Somebody watches another film: its files may go when he has ended."""
    film, other = arrived("Open", 8, in_one_pass=True), stored_film("Watched", source_bytes=5 * MB)
    services.note_watched(other.title_id)
    work(film, is_over=False)
    assert film.track("v-src").state == RenditionState.PLANNED
    assert film.asset.pause_reason == fitting.NO_ROOM
    TitleCare.objects.filter(pk=other.title_id).update(held_until=None)
    work(film, is_over=False)
    Torrent.objects.filter(pk=other.torrent_id).update(files_deleted_at=film.asset.created_at)
    work(film)
    assert film.track("v-src").state == RenditionState.READY
    assert film.asset.state == AssetState.COMPLETE


def test_such_a_copy_does_not_wait_for_a_film_that_is_kept():
    film, other = arrived("Open", 8, in_one_pass=True), stored_film("Kept", source_bytes=5 * MB)
    services.keep(other.title_id)
    work(film)
    assert (film.asset.state, film.track("v-src").state) == (AssetState.COMPLETE, RenditionState.FAILED)
    assert other.asset.state == AssetState.COMPLETE


def test_a_film_beside_one_that_is_kept_is_made_where_somebody_watches():
    film, other = arrived("New", 8), stored_film("Kept", source_bytes=5 * MB)
    services.keep(other.title_id)
    work(film)
    assert film.track("v-src").on_demand
    assert film.asset.state == AssetState.COMPLETE


@pytest.mark.parametrize(
    ("first", "reason"),
    [("video", fitting.FILM_NEVER_FITS), ("audio", "The sound of this film could not be prepared.")],
)
def test_a_film_whose_beginning_finds_no_room_fails_and_leaves(first, reason):
    film = arrived("Huge", 19)
    WorkUnit.objects.filter(kind=first).update(priority=0)
    work(film)
    assert film.asset.state == AssetState.FAILED
    assert film.asset.reason.startswith(reason)
    assert ledger.usage().total_bytes == 0


def test_a_film_is_not_given_up_because_others_fill_the_disk_for_a_while(settings, monkeypatch):
    """Without a quota by the operator what we may take follows the disk; a backup on it may be gone tomorrow."""
    film = arrived("A film", 8, in_one_pass=True)
    settings.MEDIA_QUOTA_BYTES = 0
    monkeypatch.setattr(store, "disk_bytes", lambda: 100 * MB)
    monkeypatch.setattr(store, "free_bytes", lambda: quota.floor_bytes() + MB)
    assert quota.quota_bytes(ledger.usage().used_bytes) < 10 * MB
    work(film, is_over=False)
    assert film.asset.state == AssetState.PROBING
    assert film.asset.pause_reason == fitting.NO_ROOM
    assert film.track("v-src").state == film.track("a-eng-1").state == RenditionState.PLANNED


def test_room_that_came_meanwhile_is_taken():
    film = arrived("Open", 11, in_one_pass=True)
    unit = leases.claim(kind="video")
    assert fitting.go_without(unit, lambda: 0) is True
    assert film.track("v-src").state == RenditionState.PLANNED


def test_a_complete_film_loses_nothing_for_a_part_that_is_made_once_more():
    film = arrived("Open", 11, in_one_pass=True)
    unit = leases.claim(kind="video")
    MediaAsset.objects.filter(pk=film.asset_id).update(state=AssetState.COMPLETE)
    assert fitting.go_without(unit, lambda: 30 * MB) is False
    assert film.track("v-src").state == RenditionState.PLANNED


@pytest.mark.parametrize("made", [COUNT // 2, COUNT // 2 + 1], ids=["tried again", "a part of it was lost"])
def test_the_copy_of_a_complete_film_stays_one_while_a_part_of_it_waits_for_room(made):
    """A copy of which little is there is no such part: it is made where somebody watches, or it would wait for ever."""
    film, other = arrived("Mended", 8), stored_film("Kept", source_bytes=5 * MB)
    services.keep(other.title_id)
    MediaAsset.objects.filter(pk=film.asset_id).update(state=AssetState.COMPLETE, extra_bytes=1)
    bitmap = empty_bitmap(COUNT)
    for index in range(made):
        bitmap = with_bit(bitmap, index)
    Rendition.objects.filter(asset=film.asset_id, name="v-src").update(bitmap=bitmap)
    space.admits(leases.claim(asset_id=film.asset_id, kind="video"))
    assert film.track("v-src").on_demand == (2 * made <= COUNT)


def test_a_film_without_room_that_somebody_works_on_may_give_some_back():
    film, other = arrived("Open", 8, in_one_pass=True), arrived("Before", 5)
    MediaAsset.objects.filter(pk=other.asset_id).update(pause_reason=fitting.NO_ROOM)
    assert fitting.never_comes(film.asset, 10 * MB)
    WorkUnit.objects.filter(asset=other.asset, kind="audio").update(state=UnitState.LEASED)
    assert not fitting.never_comes(film.asset, 5 * MB)


def test_of_a_film_that_nobody_can_watch_yet_nothing_goes_that_makes_it_playable():
    film = stored_film("New", source_bytes=5 * MB)
    MediaAsset.objects.filter(pk=film.asset_id).update(state=AssetState.PROBING)
    TitleCare.objects.all().delete()
    assert eviction.candidates().things == []
    for track in film.asset.renditions.all():
        eviction.evict_rung(track.pk, "")
    assert set(film.asset.renditions.values_list("state", flat=True)) == {RenditionState.READY}


def test_of_two_downloads_that_fill_the_store_one_makes_way():
    films = [arrived(name, 9.9) for name in ("First", "Second")]
    work(*films)
    assert sorted(film.asset.state for film in films) == [AssetState.COMPLETE, AssetState.FAILED]
    assert {film.asset.reason for film in films} == {"", fitting.FILM_NEVER_FITS}


def test_pictures_claim_the_sound_with_them():
    film = arrived("A film", 8)
    MediaAsset.objects.filter(pk=film.asset_id).update(extra_bytes=1)
    unit = leases.claim(kind="video")
    assert unit is not None
    assert ledger.reserve(unit, is_whole=True) == 0
    assert film.track("a-eng-1").claim_bytes > MB
    sound = leases.claim(kind="audio")
    before = ledger.usage().total_bytes
    assert ledger.reserve(sound, is_whole=True) == 0
    assert ledger.usage().total_bytes == before


def test_a_film_waits_for_another_one_that_will_be_whole_by_itself():
    film, other = arrived("New", 7), arrived("Before", 7)
    for name in ("v-src", "a-eng-1", "v480"):
        Rendition.objects.filter(pk=other.track(name).pk).update(claim_bytes=1)
    WorkUnit.objects.filter(asset=other.asset).update(state=UnitState.LEASED)
    unit = leases.claim(asset_id=film.asset_id, kind="video")
    MediaAsset.objects.filter(pk=film.asset_id).update(extra_bytes=1)
    space.admits(unit)
    assert not film.track("v-src").on_demand
    MediaAsset.objects.filter(pk=other.asset_id).update(pause_reason=fitting.NO_ROOM)
    space.admits(unit)
    assert film.track("v-src").on_demand


@pytest.mark.django_db(transaction=True)
def test_while_another_makes_room_nothing_is_given_up(monkeypatch):
    film, _other = arrived("New", 8), stored_film("Watched", source_bytes=8 * MB)
    MediaAsset.objects.filter(pk=film.asset_id).update(extra_bytes=1)
    unit = leases.claim(kind="video")

    def admit() -> None:
        space.admits(unit)

    with try_to_hold(eviction.LOCK) as is_mine:
        assert is_mine
        Elsewhere(admit).join()
    assert not film.track("v-src").on_demand


def test_what_a_film_needs_to_begin_with_is_not_halved():
    film = arrived("A film", 8)
    Rendition.objects.filter(asset_id=film.asset_id, name="v-src").update(on_demand=True)
    unit = leases.claim(kind="video")
    while fitting.halve(unit):
        pass
    assert (unit.first, unit.last) == (0, 2)


def test_who_gives_up_a_unit_that_is_another_workers_changes_nothing():
    film = arrived("Open", 11, in_one_pass=True)
    unit = leases.claim(kind="video")
    WorkUnit.objects.filter(pk=unit.pk).update(attempt=2)
    with pytest.raises(leases.LeaseLost):
        fitting.go_without(unit, lambda: 10 * MB)
    assert film.track("v-src").state == RenditionState.PLANNED
