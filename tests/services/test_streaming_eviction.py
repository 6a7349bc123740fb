"""What goes, in which order, and that a kill between any two steps leaves nothing wrong."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from stored_films import COUNT, PREROLL, RUNG_BYTES, SEGMENT_BYTES, StoredFilm, bits_of, stored_film

from apps.catalog.models import Title
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.progress import with_bit
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, StorageEvent, StoredSegment, TitleCare, WorkUnit
from apps.streaming.services import care, demand, eviction, ledger, space, victims
from apps.streaming.services.stored import note_stored, path_of
from apps.torrents.domain.states import TorrentState
from apps.torrents.models import Torrent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
LATE = set(range(PREROLL, COUNT))


class Killed(BaseException):
    """What a kill -9 looks like to the code: nothing after it runs."""


@pytest.fixture
def film() -> StoredFilm:
    return stored_film("A film")


def total() -> int:
    return ledger.usage().total_bytes


def on_disk(film: StoredFilm) -> int:
    return sum(store.sizes(store.asset_folder(film.asset_id)).values())


def watched(film: StoredFilm, days: int) -> None:
    services.note_watched(film.title_id)
    ago = timezone.now() - timedelta(days=days)
    TitleCare.objects.filter(pk=film.title_id).update(watched_at=ago, held_until=ago)


def test_the_account_is_the_sum_of_downloads_and_what_was_made(film):
    assert total() == 4 * RUNG_BYTES + 1
    assert ledger.usage().reserved_bytes == 0


def test_an_evicted_rung_keeps_its_first_minute(film):
    before = total()
    eviction.evict_rung(film.track("v480").pk, "The room was needed.")
    rung = film.track("v480")
    assert (rung.state, rung.on_demand) == (RenditionState.EVICTED, True)
    assert rung.claim_bytes <= rung.size_bytes
    assert bits_of(rung) == film.files("v480") == set(range(PREROLL))
    assert rung.size_bytes == PREROLL * SEGMENT_BYTES
    assert total() == before - len(LATE) * SEGMENT_BYTES
    [event] = StorageEvent.objects.all()
    assert (event.kind, event.title, event.bytes) == ("rung", "A film", len(LATE) * SEGMENT_BYTES)
    assert event.reason == "The room was needed."
    assert "v480" in event.what


def test_evicting_twice_is_once(film):
    for _ in range(2):
        eviction.evict_rung(film.track("v480").pk, "")
    assert StorageEvent.objects.count() == 1


def test_a_viewer_in_the_middle_gets_the_segment_made_again(film):
    eviction.evict_rung(film.track("v480").pk, "")
    assert demand.want_segment(film.asset_id, "v480", 20) == demand.Answer.COMING
    unit = WorkUnit.objects.get()
    assert (unit.rungs, unit.priority, unit.state) == (["v480"], 0, UnitState.PENDING)
    assert unit.first <= 20 < unit.last


def test_a_rung_that_a_worker_writes_to_stays(film):
    WorkUnit.objects.create(asset=film.asset, kind="video", rungs=["v480"], last=COUNT, state=UnitState.LEASED)
    eviction.evict_rung(film.track("v480").pk, "")
    assert film.track("v480").state == RenditionState.READY
    assert film.files("v480") == set(range(COUNT))


@pytest.mark.parametrize("moment", [0, 1, 7, 14, "account"])
def test_a_kill_while_a_rung_goes_leaves_nothing_wrong(film, monkeypatch, moment):
    """At the n-th file, or after the last file and before its bytes are free."""
    removed = []
    remove_file, correct = store.remove_file, ledger.correct_claims

    def dying_remove(path):
        if len(removed) == moment:
            raise Killed
        removed.append(path)
        remove_file(path)

    def dying_correct(only=None, **how):
        if moment == "account":
            raise Killed
        correct(only, **how)

    before = total()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(store, "remove_file", dying_remove)
        patch.setattr(ledger, "correct_claims", dying_correct)
        eviction.evict_rung(film.track("v480").pk, "")
    rung = film.track("v480")
    assert bits_of(rung) <= film.files("v480"), "no promise without a file"
    assert total() == before, "bytes are free to others only after the files are gone"
    services.sweep()
    assert film.files("v480") == bits_of(film.track("v480")) == set(range(PREROLL))
    assert total() == before - len(LATE) * SEGMENT_BYTES


def test_files_go_before_the_account_is_locked_and_are_looked_for_once(film, monkeypatch):
    eviction._forget_segments(film.track("v480").pk, "", is_leftover=False)
    steps = []
    remove_file, hold, sizes = store.remove_file, ledger.hold_until_commit, store.sizes
    monkeypatch.setattr(store, "remove_file", lambda path: (steps.append("file"), remove_file(path)))
    monkeypatch.setattr(ledger, "hold_until_commit", lambda name: (steps.append("lock"), hold(name)))
    ledger.correct_claims()
    assert steps == ["file"] * len(LATE) + ["lock"]
    looks = []
    monkeypatch.setattr(store, "sizes", lambda folder: (looks.append(folder), sizes(folder))[1])
    ledger.correct_claims()
    assert looks == [], "nothing of it is open any more"


def test_the_claim_of_what_is_evicted_meanwhile_stays_until_its_files_are_gone(film, monkeypatch):
    before = total()
    track = film.track("v480")
    Rendition.objects.filter(pk=track.pk).update(claim_bytes=track.size_bytes)
    hold = ledger.hold_until_commit

    def evicted_meanwhile(name):
        monkeypatch.setattr(ledger, "hold_until_commit", hold)
        eviction._forget_segments(track.pk, "", is_leftover=False)
        hold(name)

    monkeypatch.setattr(ledger, "hold_until_commit", evicted_meanwhile)
    ledger.correct_claims()
    assert film.files("v480") == set(range(COUNT))
    assert total() == before
    ledger.correct_claims()
    assert film.files("v480") == set(range(PREROLL))
    assert total() == before - len(LATE) * SEGMENT_BYTES


def test_a_segment_made_again_while_its_old_file_waits_for_removal_is_kept(film):
    eviction._forget_segments(film.track("v480").pk, "", is_leftover=False)
    WorkUnit.objects.create(asset=film.asset, kind="video", rungs=["v480"], first=20, last=21, state=UnitState.LEASED)
    ledger.correct_claims()
    assert film.files("v480") == set(range(PREROLL)) | {20}


def test_the_download_goes_when_the_copy_stands_in_for_it(film):
    short = RUNG_BYTES - 20 * SEGMENT_BYTES  # more than the rungs free
    watched(film, 20)
    services.keep(film.title_id)
    assert not eviction.make_room(short, "")
    services.unkeep(film.title_id)
    assert eviction.make_room(3 * RUNG_BYTES // 2 - 5 * SEGMENT_BYTES, "A film needs the room.")
    assert film.torrent.state == TorrentState.REMOVED
    assert not film.asset.has_source
    assert film.asset.state == AssetState.COMPLETE
    assert film.track("v-src").state == RenditionState.READY
    before = total()
    Torrent.objects.update(files_deleted_at=timezone.now())
    assert total() == before - RUNG_BYTES, "its bytes count until torrentd has deleted it"


def test_what_could_only_be_made_from_the_lost_download_is_not_offered_any_more(film):
    eviction.evict_rung(film.track("v480").pk, "")
    eviction.evict_payload(film.asset_id, "")
    rung = film.track("v480")
    assert (rung.state, rung.size_bytes, film.files("v480")) == (RenditionState.FAILED, 0, set())
    assert "v480" not in (store.folder(film.asset_id, 1) / "master.m3u8").read_text()
    assert demand.want_segment(film.asset_id, "v480", 20) == demand.Answer.UNKNOWN
    assert rung.claim_bytes == 0


def test_the_download_stays_while_anything_must_still_be_made_from_it():
    film = stored_film("Encodes only", has_copy=False)
    kinds = {one.value.name for one in eviction.candidates().things if one.title_id == film.title_id}
    assert kinds == {"ENCODE", "TITLE"}
    other = stored_film("Unfinished")
    WorkUnit.objects.create(asset=other.asset, kind="video", rungs=["v480"], last=1)
    kinds = {one.value.name for one in eviction.candidates().things if one.title_id == other.title_id}
    assert "PAYLOAD" not in kinds


def test_nothing_single_goes_of_a_film_whose_source_is_gone(film):
    eviction.evict_payload(film.asset_id, "")
    kinds = {one.value.name for one in eviction.candidates().things}
    assert kinds == {"TITLE"}


def test_a_whole_title_goes_with_its_download_and_its_rows(film):
    watched(film, 1)
    assert eviction.make_room(4 * RUNG_BYTES, "A film needs the room.")
    assert (film.asset.state, film.asset.extra_bytes) == (AssetState.EVICTED, 0)
    assert not Rendition.objects.exists()
    assert not store.asset_folder(film.asset_id).joinpath("1").exists()
    assert film.torrent.state == TorrentState.REMOVED
    assert Title.objects.get().availability == "none"
    assert StorageEvent.objects.get(kind="title").bytes == 4 * RUNG_BYTES + 1


def test_a_kill_while_a_title_goes_is_finished_by_the_sweep(film, monkeypatch):
    before = total()

    def die(_path):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(store, "discard", die)
        eviction.evict_title(film.asset_id, "")
    assert total() == before
    assert on_disk(film) > 0
    services.sweep()
    assert on_disk(film) == 0
    assert total() == RUNG_BYTES, "the download, until torrentd has deleted it"


def test_an_evicted_title_can_be_prepared_again(film):
    eviction.evict_title(film.asset_id, "")
    services.retry_asset(film.asset_id)
    eviction.clear_evicted()
    eviction.clear_strays()
    assert film.asset.state == AssetState.QUEUED


def test_the_least_valuable_goes_first_over_all_titles():
    old, new, listed = stored_film("Old"), stored_film("New"), stored_film("Listed")
    watched(old, 9)
    watched(new, 1)
    watched(listed, 30)
    services.set_listed(listed.title_id, is_listed=True)
    gone: list[tuple[str, str]] = []
    while eviction.make_room(1, ""):
        Torrent.objects.filter(state=TorrentState.REMOVED).update(files_deleted_at=timezone.now())
        event = StorageEvent.objects.order_by("-pk").first()
        gone.append((event.title, event.kind))
    assert gone == [
        ("Old", "rung"), ("New", "rung"), ("Old", "payload"), ("New", "payload"), ("Old", "title"), ("New", "title"),
    ]  # fmt: skip
    assert listed.asset.state == AssetState.COMPLETE


def test_a_title_that_somebody_watches_is_not_touched(film):
    services.note_watched(film.title_id)
    assert not eviction.make_room(1, "")
    assert not StorageEvent.objects.exists()


@pytest.mark.parametrize("what", ["rung", "payload", "title"])
@pytest.mark.parametrize("change", ["opened", "listed", "kept", "written"])
def test_what_was_chosen_stays_when_somebody_comes_before_it_goes(film, what, change):
    """The victims were chosen from a look at the rows that is over."""
    match change:
        case "opened":
            services.note_watched(film.title_id)
        case "listed":
            services.set_listed(film.title_id, is_listed=True)
        case "kept":
            services.keep(film.title_id)
        case "written":
            unit = WorkUnit(asset=film.asset, kind="video", rungs=["v480"], last=COUNT, state=UnitState.LEASED)
            unit.save()
    if what == "rung":
        eviction.evict_rung(film.track("v480").pk, "")
    elif what == "payload":
        eviction.evict_payload(film.asset_id, "")
    else:
        eviction.evict_title(film.asset_id, "")
    assert not StorageEvent.objects.exists()
    assert (film.asset.state, film.asset.has_source) == (AssetState.COMPLETE, True)
    assert film.files("v480") == bits_of(film.track("v480")) == set(range(COUNT))


def test_old_pieces_of_an_on_demand_rung_go_even_while_it_is_watched(film):
    eviction.evict_rung(film.track("v480").pk, "")
    services.note_watched(film.title_id)
    add_rung_pieces(film, [20, 21, 22])
    StoredSegment.objects.filter(index__in=[20, 21]).update(published_at=timezone.now() - timedelta(minutes=5))
    assert eviction.make_room(SEGMENT_BYTES, "")
    assert film.files("v480") == set(range(PREROLL)) | {22}


def add_rung_pieces(film: StoredFilm, indexes: list[int]) -> None:
    """As if viewers had these segments of the rung made again."""
    rung = film.track("v480")
    bitmap = bytes(rung.bitmap)
    for index in indexes:
        note_stored(rung, {index: store.publish_bytes(bytes(SEGMENT_BYTES), path_of(rung, 1, index))})
        bitmap = with_bit(bitmap, index)
    size_bytes = rung.size_bytes + len(indexes) * SEGMENT_BYTES
    Rendition.objects.filter(pk=rung.pk).update(bitmap=bitmap, size_bytes=size_bytes)


def test_folders_without_a_row_and_of_earlier_epochs_are_cleared(film):
    MediaAsset.objects.filter(pk=film.asset_id).update(epoch=2)
    store.publish_bytes(b"x", store.folder(film.asset_id, 2) / "v-src" / "00000.m4s")
    other = stored_film("Gone")
    MediaAsset.objects.filter(pk=other.asset_id).delete()
    services.sweep()
    assert store.asset_folders() == {film.asset_id: [2]}


def test_the_title_that_would_go_next_says_so_until_it_is_wanted(settings):
    old, new = stored_film("Old"), stored_film("New")
    watched(old, 9)
    watched(new, 1)
    settings.MEDIA_QUOTA_BYTES = total() + 100
    space.announce_leaving()
    leaves_at = Title.objects.get(pk=old.title_id).leaves_at
    assert leaves_at is not None
    assert TitleCare.objects.get(pk=old.title_id).leaves_at == leaves_at
    assert Title.objects.get(pk=new.title_id).leaves_at is None
    space.announce_leaving()
    assert Title.objects.get(pk=old.title_id).leaves_at == leaves_at, "the date stays"
    passed = timezone.now() - timedelta(minutes=1)
    care.set_leaving(old.title_id, passed)
    space.announce_leaving()
    assert Title.objects.get(pk=old.title_id).leaves_at > passed + timedelta(days=2), "a day that passed is set anew"
    services.keep(old.title_id)
    assert Title.objects.get(pk=old.title_id).leaves_at is None
    space.announce_leaving()
    assert Title.objects.get(pk=new.title_id).leaves_at is not None
    settings.MEDIA_QUOTA_BYTES = 10**9
    space.announce_leaving()
    assert not Title.objects.exclude(leaves_at=None).exists()


def test_a_hold_never_gets_shorter(film):
    later = timezone.now() + timedelta(hours=1)
    care.hold(film.title_id, later)
    care.hold(film.title_id, timezone.now())
    assert TitleCare.objects.get().held_until == later


def test_a_pressed_store_asks_the_same_few_questions_however_many_titles_it_holds(settings):
    oldest = stored_film("Oldest")
    watched(oldest, 30)
    for number in range(2):
        watched(stored_film(f"Film {number}", encodes=("v480", "v720")), number + 1)
    settings.MEDIA_QUOTA_BYTES = total()

    def questions() -> int:
        TitleCare.objects.update(leaves_at=None)
        with CaptureQueriesContext(connection) as asked:
            space.announce_leaving()
        assert TitleCare.objects.get(leaves_at__isnull=False).title_id == oldest.title_id
        return len(asked)

    few = questions()
    for number in range(4):
        watched(stored_film(f"Another {number}", encodes=("v480", "v720")), number + 3)
    settings.MEDIA_QUOTA_BYTES = total()
    assert questions() == few


def test_a_title_that_is_wanted_or_written_is_not_the_next_to_leave(film):
    other, third = stored_film("Other"), stored_film("Third")
    watched(film, 30)
    watched(other, 20)
    watched(third, 10)
    services.keep(film.title_id)
    WorkUnit.objects.create(asset=other.asset, kind="video", rungs=["v480"], last=1, state="leased")
    found = victims.next_title()
    assert found is not None
    assert found.title_id == third.title_id
