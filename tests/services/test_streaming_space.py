"""Room is reserved before work starts, under one lock; what finds none waits with a sentence and goes on by itself."""

import errno
from datetime import timedelta
from pathlib import Path
from runpy import run_path
from threading import Barrier, Event, Thread
from types import SimpleNamespace

import pytest
from accounts_cast import person
from acquisitions import metainfo, torrent_of
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from stored_films import COUNT, PREROLL, SEGMENT_BYTES, add_rung, stored_film

import project
from apps.common.errors import TooLarge
from apps.common.locks import try_to_hold
from apps.movie_requests import services as requests
from apps.movie_requests.domain.states import Event as RequestEvent
from apps.movie_requests.domain.states import State
from apps.movie_requests.models import Acquisition, LogEntry
from apps.notifications.models import Notification
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.estimates import estimate_bytes
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, StorageEvent, WorkUnit
from apps.streaming.services import eviction, fitting, leases, ledger, quota, space, working
from apps.streaming.services.overview import storage, storage_numbers
from apps.torrents.models import Torrent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


def rung_to_make(name: str = "v480") -> tuple[Rendition, WorkUnit]:
    """A film whose copy is there and whose rung is planned, with one unit for the whole of it."""
    film = stored_film("Half made", encodes=())
    MediaAsset.objects.filter(pk=film.asset_id).update(state=AssetState.PLAYABLE)
    rung = add_rung(film.asset, name, done=0, state=RenditionState.PLANNED)
    unit = WorkUnit.objects.create(asset=film.asset, kind="video", rungs=[name], last=COUNT, priority=3)
    services.note_watched(film.title_id)
    return rung, unit


def need_of(rung: Rendition) -> int:
    return estimate_bytes(rung.recipe, TrackKind.VIDEO, rung.segments, range(COUNT), source_bytes=10**6)


def test_a_unit_claims_its_whole_rung_before_it_begins():
    rung, unit = rung_to_make()
    before = ledger.usage().total_bytes
    assert space.admits(leases.claim())
    rung.refresh_from_db()
    assert rung.claim_bytes == need_of(rung)
    assert ledger.usage().total_bytes == before + need_of(rung)
    assert ledger.usage().reserved_bytes == need_of(rung)
    assert unit.pk == WorkUnit.objects.get().pk


def test_the_claim_shrinks_as_segments_are_published():
    rung, unit = rung_to_make()
    space.admits(leases.claim())
    whole = Rendition.objects.get(pk=rung.pk).claim_bytes
    Rendition.objects.filter(pk=rung.pk).update(bitmap=b"\xff\xff\x00\x00", size_bytes=16 * SEGMENT_BYTES)
    ledger.correct_claims()
    assert Rendition.objects.get(pk=rung.pk).claim_bytes < whole * 0.51
    Rendition.objects.filter(pk=rung.pk).update(state=RenditionState.READY)
    ledger.correct_claims()
    assert ledger.usage().reserved_bytes == 0
    assert unit.priority == 3


def test_without_room_a_unit_waits_and_goes_on_by_itself(settings):
    rung, unit = rung_to_make()
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes + 1_000
    for _ in range(5):
        assert services.run_next_unit()
        assert not services.run_next_unit()
        WorkUnit.objects.update(not_before=None)
    unit.refresh_from_db()
    assert (unit.state, unit.failures) == (UnitState.PENDING, 0)
    asset = MediaAsset.objects.get()
    assert (asset.state, asset.pause_reason) == (AssetState.PLAYABLE, fitting.NO_ROOM)
    settings.MEDIA_QUOTA_BYTES = 10**9
    assert space.admits(leases.claim())
    assert MediaAsset.objects.get().pause_reason == ""
    assert rung.name in unit.rungs


def test_a_unit_that_waits_lets_others_go_first(settings):
    rung_to_make()
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes
    assert services.run_next_unit()
    assert leases.claim() is None


def test_room_for_a_unit_is_made_by_evicting_what_is_worth_less(settings):
    other = stored_film("Old")
    rung, _ = rung_to_make()
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes + need_of(rung) - 5 * SEGMENT_BYTES
    assert space.admits(leases.claim())
    assert other.track("v480").state == RenditionState.EVICTED
    assert ledger.usage().total_bytes <= settings.MEDIA_QUOTA_BYTES
    assert StorageEvent.objects.get().reason == space.FOR_WORK


def test_a_rendition_that_can_never_fit_is_made_where_somebody_watches(settings):
    rung, _ = rung_to_make()
    WorkUnit.objects.all().delete()
    for first in (0, PREROLL):
        WorkUnit.objects.create(asset=rung.asset, kind="video", rungs=["v480"], first=first, last=first + PREROLL)
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes + need_of(rung) - 1_000
    assert space.admits(leases.claim())
    rung.refresh_from_db()
    assert rung.on_demand
    assert [(unit.first, unit.last) for unit in WorkUnit.objects.all()] == [(0, PREROLL)]
    assert ledger.usage().total_bytes <= settings.MEDIA_QUOTA_BYTES


def test_a_film_that_makes_a_picture_on_demand_keeps_its_other_work(settings):
    rung, _ = rung_to_make()
    WorkUnit.objects.create(asset=rung.asset, kind="marks", priority=3)
    WorkUnit.objects.create(asset=rung.asset, kind="video", rungs=["v480"], first=PREROLL, last=COUNT, priority=3)
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes + need_of(rung) - 1_000
    assert space.admits(leases.claim(kind="video"))
    rung.refresh_from_db()
    assert rung.on_demand
    assert [unit.kind for unit in WorkUnit.objects.order_by("kind")] == ["marks", "video"]


def test_room_for_playlists_is_made_as_for_pictures(settings):
    """A downloaded film that has not claimed anything yet, in a store that another film fills."""
    other = stored_film("Old")
    rung, _ = rung_to_make()
    MediaAsset.objects.filter(pk=rung.asset_id).update(extra_bytes=0)
    Torrent.objects.filter(pk=other.torrent_id).update(bytes_wanted=10**7, space_bytes=10**7, bytes_done=10**7)
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes
    space.admits(leases.claim())
    assert StorageEvent.objects.filter(reason=space.FOR_WORK).exists()
    Torrent.objects.filter(pk=other.torrent_id).update(files_deleted_at=timezone.now())
    WorkUnit.objects.update(state=UnitState.PENDING, not_before=None)
    assert space.admits(leases.claim())
    assert ledger.usage().total_bytes <= settings.MEDIA_QUOTA_BYTES


@pytest.mark.django_db(transaction=True)
def test_two_workers_cannot_both_take_the_last_bytes(settings):
    rungs = [rung_to_make(name)[0] for name in ("v480",)]
    film = stored_film("Other", encodes=())
    services.note_watched(film.title_id)
    MediaAsset.objects.filter(pk=film.asset_id).update(state=AssetState.PLAYABLE)
    rungs.append(add_rung(film.asset, "v480", done=0, state=RenditionState.PLANNED))
    WorkUnit.objects.create(asset=film.asset, kind="video", rungs=["v480"], last=COUNT, priority=3)
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes + need_of(rungs[0]) + need_of(rungs[0]) // 2
    units, start, short = list(WorkUnit.objects.all()), Barrier(2), []

    def reserve(unit: WorkUnit) -> None:
        start.wait()
        short.append(ledger.reserve(unit, is_whole=True))
        connection.close()

    threads = [Thread(target=reserve, args=[unit]) for unit in units]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(amount > 0 for amount in short) == [False, True]
    assert ledger.usage().total_bytes <= settings.MEDIA_QUOTA_BYTES


def test_what_killed_workers_left_behind_counts():
    unit = rung_to_make()[1]
    before = ledger.usage().used_bytes
    folder = store.work_folder(unit.pk, 7)
    (folder / "000000.m4s").write_bytes(bytes(5_000))
    assert ledger.usage().used_bytes >= before + 5_000
    WorkUnit.objects.update(state=UnitState.LEASED, attempt=7)
    assert ledger.usage().used_bytes == before, "the claim of a leased unit covers its folder"


# --- a full disk -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_nobodys_failure(monkeypatch, code):
    _, unit = rung_to_make()

    def full(_unit):
        raise OSError(code, "no")

    monkeypatch.setitem(working.MAKERS, "video", full)
    for _ in range(4):
        services.run_next_unit()
        WorkUnit.objects.update(not_before=None)
    unit.refresh_from_db()
    assert (unit.state, unit.failures) == (UnitState.PENDING, 0)
    asset = MediaAsset.objects.get()
    assert (asset.state, asset.pause_reason) == (AssetState.PLAYABLE, space.DISK_FULL)
    assert StorageEvent.objects.filter(kind="full_disk").count() == 1, "told once, not by each unit"


def test_below_the_floor_nothing_starts_and_room_is_made(monkeypatch):
    other = stored_film("Old")
    rung_to_make()
    free = store.free_bytes()
    floor = quota.floor_bytes()
    monkeypatch.setattr(store, "free_bytes", lambda: floor - 10_000)
    assert not space.admits(leases.claim())
    assert other.track("v480").state == RenditionState.EVICTED
    assert StorageEvent.objects.get(kind="rung").reason == space.FOR_DISK
    assert StorageEvent.objects.filter(kind="full_disk").exists()
    WorkUnit.objects.update(state=UnitState.PENDING, not_before=None)
    monkeypatch.setattr(store, "free_bytes", lambda: free)
    assert space.admits(leases.claim())


def test_the_floor_is_a_twentieth_of_a_small_disk_and_two_gigabytes_of_a_large_one(monkeypatch, settings):
    settings.MEDIA_FLOOR_BYTES = 0
    monkeypatch.setattr(store, "disk_bytes", lambda: 10**9)
    assert quota.floor_bytes() == 5 * 10**7
    monkeypatch.setattr(store, "disk_bytes", lambda: 10**13)
    assert quota.floor_bytes() == 2 * 10**9
    settings.MEDIA_FLOOR_BYTES = 123
    assert quota.floor_bytes() == 123


# --- without a quota by the operator ---------------------------------------------------------------------------------


@pytest.fixture
def disk(settings, monkeypatch):
    """A disk of 100 GB, of which others take 60; ours are the films that are stored."""
    disk = SimpleNamespace(total=100 * 10**9, others=60 * 10**9)
    settings.MEDIA_QUOTA_BYTES, settings.MEDIA_FLOOR_BYTES = 0, 0
    monkeypatch.setattr(store, "disk_bytes", lambda: disk.total)
    monkeypatch.setattr(store, "free_bytes", lambda: disk.total - disk.others - ledger.usage().used_bytes)
    return disk


def test_without_a_figure_the_quota_is_what_the_disk_can_spare(disk):
    assert storage()["quota_bytes"] == 38 * 10**9
    stored_film("Metropolis")
    assert storage()["used_bytes"] > 0
    assert storage()["quota_bytes"] == storage_numbers()["quota"] == 38 * 10**9, "what is stored is ours already"
    disk.others += 10**9
    assert storage()["quota_bytes"] == 37 * 10**9
    disk.total += 10**12
    assert storage()["quota_bytes"] == quota.DEFAULT_BYTES


def test_below_the_floor_the_disk_can_spare_nothing(disk):
    disk.others = 99 * 10**9
    assert storage()["quota_bytes"] == 0
    assert storage()["is_full"]


def test_without_a_figure_no_more_is_promised_than_is_free(disk):
    rung, unit = rung_to_make()
    disk.others = 98 * 10**9 - need_of(rung) + 1_000
    disk.others -= ledger.usage().used_bytes
    assert ledger.reserve(unit, is_whole=True) == 1_000
    disk.others -= 1_000
    assert ledger.reserve(unit, is_whole=True) == 0
    assert ledger.usage().total_bytes == quota.quota_bytes(ledger.usage().used_bytes)


def test_a_film_that_the_disk_could_hold_waits_while_others_fill_it(disk, alice):
    disk.total, disk.others = 100 * 10**6, 97 * 10**6
    acquisition = look(ask(alice, size=2 * 10**6))
    assert acquisition.state == State.WAITING_SPACE
    with pytest.raises(TooLarge, match=r"96 MB.*95 MB"):
        ask(alice, size=96 * 10**6)


def test_films_in_a_bucket_are_not_bounded_by_the_disk(disk, settings):
    settings.MEDIA_STORE = "s3"
    assert quota.quota_bytes(0) == quota.DEFAULT_BYTES
    assert quota.largest_bytes() == 98 * 10**9, "a download is on the disk first"


@pytest.mark.parametrize(
    ("gb", "mb", "expected"), [("", "", 0), ("", "0", 0), ("3", "0", 3 * 10**9), ("3", "500", 5 * 10**8)]
)
def test_the_figure_of_the_operator_wins(monkeypatch, gb, mb, expected):
    monkeypatch.setenv("MEDIA_QUOTA_GB", gb)
    monkeypatch.setenv("MEDIA_QUOTA_MB", mb)
    assert run_path(str(Path(project.__file__).with_name("settings.py")))["MEDIA_QUOTA_BYTES"] == expected


# --- the sweep ---------------------------------------------------------------------------------------------------


def sweep_queries() -> int:
    with CaptureQueriesContext(connection) as queries:
        space.sweep()
    return len(queries)


def test_the_sweep_of_a_store_at_rest_asks_as_much_for_twenty_films_as_for_one():
    films = [stored_film("Film 0")]
    eviction.evict_rung(films[0].track("v480").pk, "")
    space.sweep()
    at_one = sweep_queries()
    for number in range(1, 20):
        films.append(stored_film(f"Film {number}"))
        eviction.evict_rung(films[-1].track("v480").pk, "")
    space.sweep()
    assert sweep_queries() == at_one


@pytest.mark.django_db(transaction=True)
def test_while_one_process_sweeps_another_does_nothing(monkeypatch):
    swept = []
    monkeypatch.setattr(eviction, "clear_evicted", lambda: swept.append(1))
    held, is_over = Event(), Event()

    def hold() -> None:
        with try_to_hold(space.LOCK):
            held.set()
            is_over.wait(30)
        connection.close()

    other = Thread(target=hold)
    other.start()
    assert held.wait(30)
    space.sweep()
    assert swept == []
    is_over.set()
    other.join()
    space.sweep()
    assert swept == [1]


def test_a_bucket_is_looked_through_once_an_hour(monkeypatch):
    looks = []
    monkeypatch.setattr(eviction, "clear_strays", lambda: looks.append(1))
    monkeypatch.setattr(space, "_last_look", space.LastLook())
    for _ in range(3):
        space.sweep()
    assert len(looks) == 3, "a folder costs nothing"
    monkeypatch.setattr(store, "is_local", lambda: False)
    for _ in range(3):
        space.sweep()
    assert len(looks) == 4


def test_a_film_that_waits_for_nothing_gives_no_reason():
    rung, _ = rung_to_make()
    done = stored_film("Done")
    MediaAsset.objects.update(pause_reason=fitting.NO_ROOM)
    space.sweep()
    assert done.asset.pause_reason == ""
    assert MediaAsset.objects.get(pk=rung.asset_id).pause_reason == fitting.NO_ROOM


# --- downloads ---------------------------------------------------------------------------------------------------


@pytest.fixture
def alice():
    return person("alice")


def ask(user, size: int = 200_000) -> Acquisition:
    film = requests.Film(name=f"Film of {size}")
    return requests.submit_film(user_id=user.pk, film=film, torrent=metainfo(size=size))[0]


def look(acquisition: Acquisition) -> Acquisition:
    requests.advance(acquisition.pk)
    acquisition.refresh_from_db()
    return acquisition


def test_a_download_is_held_until_its_bytes_are_reserved(alice):
    acquisition = ask(alice)
    assert torrent_of(acquisition).is_held
    assert ledger.usage().total_bytes == 0
    look(acquisition)
    torrent = torrent_of(acquisition)
    assert (torrent.is_held, torrent.space_bytes) == (False, 200_000)
    assert ledger.usage().reserved_bytes == 200_000


def test_two_downloads_are_not_promised_the_same_free_disk(alice, monkeypatch):
    free = quota.floor_bytes() + 300_000
    monkeypatch.setattr(store, "free_bytes", lambda: free)
    first, second = look(ask(alice, size=200_000)), look(ask(alice, size=199_000))
    assert (first.state, second.state) == (State.QUEUED, State.WAITING_SPACE)
    Torrent.objects.filter(pk=torrent_of(first).pk).update(bytes_done=200_000)
    free += 100_000
    assert look(second).state == State.QUEUED, "what is written is in what is free already"


def test_a_download_without_room_waits_with_a_sentence_and_starts_by_itself(alice, settings):
    kept = stored_film("Kept")
    services.keep(kept.title_id)
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes + 100_000
    acquisition = look(ask(alice))
    assert acquisition.state == State.WAITING_SPACE
    assert acquisition.reason == "There is no room for this film right now; it needs 1 MB."
    assert torrent_of(acquisition).is_held
    assert Notification.objects.filter(announcement__kind="delayed").exists()
    requests.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == State.WAITING_SPACE
    services.unkeep(kept.title_id)
    Torrent.objects.filter(pk=kept.torrent_id).update(bytes_wanted=1, space_bytes=1, bytes_done=1)
    settings.MEDIA_QUOTA_BYTES += 200_000
    requests.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == State.QUEUED
    assert not torrent_of(acquisition).is_held


def test_an_old_film_makes_room_for_the_next_one_and_nothing_starts_before_its_files_are_gone(alice, settings):
    old = stored_film("Old")
    settings.MEDIA_QUOTA_BYTES = 210_000
    acquisition = look(ask(alice, size=200_000))
    assert old.asset.state == AssetState.EVICTED
    assert (acquisition.state, torrent_of(acquisition).is_held) == (State.WAITING_SPACE, True)
    Torrent.objects.filter(pk=old.torrent_id).update(files_deleted_at=timezone.now())
    assert look(acquisition).state == State.QUEUED
    assert ledger.usage().total_bytes == 200_000
    assert [event.reason for event in StorageEvent.objects.all()] == [space.FOR_DOWNLOAD]


def test_an_evicted_title_is_told_to_those_who_asked_for_it(alice):
    acquisition = look(ask(alice))
    film = stored_film("Ready")
    Acquisition.objects.filter(pk=acquisition.pk).update(
        state=State.READY, asset_id=film.asset_id, title_id=film.title_id
    )
    eviction.evict_title(film.asset_id, space.FOR_DOWNLOAD)
    look(acquisition)
    assert acquisition.state == State.EVICTED
    told = Notification.objects.get(announcement__title__contains="removed to make room")
    assert told.announcement.title == "Ready was removed to make room"


def test_a_film_larger_than_everything_is_refused_with_a_reason(alice, settings):
    settings.MEDIA_QUOTA_BYTES = 150_000
    with pytest.raises(TooLarge, match=r"larger .* than all the room that this server has"):
        ask(alice)
    assert not Acquisition.objects.exists()


def test_a_magnet_that_turns_out_larger_than_everything_fails_with_a_reason(alice, settings):
    magnet = f"magnet:?xt=urn:btih:{'ab' * 20}"
    acquisition, _ = requests.submit_film(user_id=alice.pk, film=requests.Film(name="M"), magnet=magnet)
    assert look(acquisition).state == State.QUEUED
    assert torrent_of(acquisition).is_held, "nobody has described it yet"
    Torrent.objects.update(bytes_wanted=2 * settings.MEDIA_QUOTA_BYTES)
    assert look(acquisition).state == State.FAILED
    assert acquisition.reason.startswith("This film is larger")


def test_after_a_day_without_room_the_operator_is_told_and_the_film_still_starts_by_itself(alice, settings):
    person("olivia", is_staff=True)
    kept = stored_film("Kept")
    services.keep(kept.title_id)
    settings.MEDIA_QUOTA_BYTES = ledger.usage().total_bytes + 100_000
    acquisition = look(ask(alice))
    LogEntry.objects.filter(kind=RequestEvent.SPACE_SHORT).update(created_at=timezone.now() - timedelta(hours=25))
    assert look(acquisition).state == State.NEEDS_ATTENTION
    assert Notification.objects.filter(announcement__kind="needs_attention").exists()
    settings.MEDIA_QUOTA_BYTES = 10**9
    requests.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == State.QUEUED
    assert not torrent_of(acquisition).is_held


def test_a_cancelled_download_gives_its_room_back(alice):
    acquisition = look(ask(alice))
    requests.cancel(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
    look(acquisition)
    Torrent.objects.update(files_deleted_at=timezone.now())
    assert ledger.usage().total_bytes == 0


def test_a_lost_hint_about_an_evicted_title_is_repaired_by_the_sweeper(alice):
    acquisition = look(ask(alice))
    film = stored_film("Ready")
    Acquisition.objects.filter(pk=acquisition.pk).update(
        state=State.READY, asset_id=film.asset_id, title_id=film.title_id
    )
    requests.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == State.READY
    eviction.evict_title(film.asset_id, space.FOR_DOWNLOAD)
    requests.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == State.EVICTED
