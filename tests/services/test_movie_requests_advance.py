"""The step function: every hint may come twice, late, out of order or never, and the request still ends once."""

import threading
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.catalog import services as catalog
from apps.catalog.models import Title
from apps.common import events, jobs
from apps.common.jobs import Job
from apps.common.locks import try_to_hold
from apps.movie_requests import selectors, services
from apps.movie_requests.models import Acquisition, Candidate
from apps.notifications.models import Delivery, Notification
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import MediaAsset, Rendition
from apps.torrents.domain.states import TorrentEvent
from apps.torrents.models import Torrent
from apps.torrents.services import records
from tests import acquisitions as at
from tests.accounts_cast import person
from tests.streaming_rows import add_track

Pushes = list[tuple[str, dict[str, Any]]]
Wakeups = list[tuple[Job, str, float]]


@pytest.fixture
def acquisition(db) -> Acquisition:
    title = catalog.create_manual_title(name="Big Buck Bunny", year=2008)
    found, _ = services.submit(user_id=person("alice").pk, title_id=title.pk, torrent=at.metainfo())
    services.submit(user_id=person("bob").pk, title_id=title.pk)
    return found


@pytest.fixture
def pushes(monkeypatch: pytest.MonkeyPatch) -> Pushes:
    """What would go to sockets, in order, as (group, frame)."""
    seen: Pushes = []
    monkeypatch.setattr(events, "_send", lambda group, frame: seen.append((group, frame)))
    return seen


@pytest.fixture
def wakeups(monkeypatch: pytest.MonkeyPatch) -> Wakeups:
    """Messages that were sent to come later, as (job, id, seconds)."""
    seen: Wakeups = []

    def note(job: Job, args: tuple[Any, ...], countdown_s: float) -> None:
        if countdown_s:
            seen.append((job, args[0], countdown_s))

    monkeypatch.setattr(jobs, "_send", note)
    return seen


def progs(pushes: Pushes, acquisition: Acquisition) -> list[dict[str, Any]]:
    group = events.user_group(acquisition.requester_id)
    return [frame for to, frame in pushes if to == group and frame["t"] == "prog"]


def hint(acquisition: Acquisition) -> str:
    """A wake-up of the engine, as the worker runs it."""
    services.on_torrent_changed(at.torrent_of(acquisition).pk)
    acquisition.refresh_from_db()
    return acquisition.state


def reach_packaging(acquisition: Acquisition) -> None:
    at.download(acquisition, done=0.5)
    hint(acquisition)
    at.finish_download(acquisition)
    assert hint(acquisition) == "packaging"


def reach_ready(acquisition: Acquisition) -> None:
    reach_packaging(acquisition)
    services.on_asset_changed(at.package(acquisition, AssetState.COMPLETE))
    acquisition.refresh_from_db()
    assert acquisition.state == "ready"


def test_a_film_walks_from_queued_to_ready(acquisition: Acquisition) -> None:
    assert hint(acquisition) == "queued"
    reach_ready(acquisition)
    assert at.states_of(acquisition) == [
        "submitted",
        "approved",
        "searching",
        "queued",
        "downloading",
        "verifying",
        "packaging",
        "ready",
    ]
    assert Title.objects.get().availability == "ready"
    asset = MediaAsset.objects.get()
    assert asset.pk == acquisition.asset_id
    assert asset.source == str(at.torrent_of(acquisition).video_path)


def test_availability_follows_on_the_title(acquisition: Acquisition) -> None:
    def shown() -> str:
        return Title.objects.get().availability

    assert shown() == "requested"
    at.download(acquisition, done=0.1)
    hint(acquisition)
    assert shown() == "downloading"
    at.finish_download(acquisition)
    hint(acquisition)
    services.on_asset_changed(at.package(acquisition, AssetState.PLAYABLE))
    assert shown() == "playable"
    acquisition.refresh_from_db()
    assert selectors.item(acquisition, uuid4())["playable"] is True
    services.on_asset_changed(at.package(acquisition, AssetState.COMPLETE))
    assert shown() == "ready"


def test_each_follower_is_told_once_when_it_is_ready_however_often_we_hear_of_it(acquisition: Acquisition) -> None:
    reach_ready(acquisition)
    for _ in range(3):
        services.advance(acquisition.pk)
        services.on_asset_changed(acquisition.asset_id)
        services.sweep()
    notes = Notification.objects.select_related("announcement", "user")
    assert sorted((note.user.name, note.announcement.kind) for note in notes) == [("Alice", "ready"), ("Bob", "ready")]
    assert {note.announcement.title for note in notes} == {"Big Buck Bunny is ready"}
    assert {note.announcement.link for note in notes} == {f"/title/{acquisition.title_id}"}
    assert Delivery.objects.count() == 2


def test_somebody_who_left_is_not_told(acquisition: Acquisition) -> None:
    bob = acquisition.follows.order_by("pk").last().user_id
    services.unfollow(acquisition_id=acquisition.pk, user_id=bob)
    reach_ready(acquisition)
    assert Notification.objects.filter(user_id=bob).count() == 0
    assert Notification.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_workers_that_get_the_same_hint_move_it_once() -> None:
    title = catalog.create_manual_title(name="Big Buck Bunny")
    acquisition, _ = services.submit(user_id=person("alice").pk, title_id=title.pk, torrent=at.metainfo())
    reach_packaging(acquisition)
    at.package(acquisition, AssetState.COMPLETE)
    gate = threading.Barrier(20)

    def work() -> None:
        try:
            gate.wait()
            services.advance(acquisition.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = list(acquisition.log.order_by("seq").values_list("kind", flat=True))
    assert kinds.count("packaged") == 1
    assert Notification.objects.count() == 1


def test_a_film_that_arrives_between_two_looks_was_downloading_too(acquisition: Acquisition) -> None:
    at.finish_download(acquisition)
    assert hint(acquisition) == "packaging"
    assert at.states_of(acquisition)[-4:] == ["queued", "downloading", "verifying", "packaging"]


def test_a_lost_hint_is_repaired_by_the_sweeper(acquisition: Acquisition) -> None:
    at.download(acquisition, done=0.5)
    at.finish_download(acquisition)
    services.sweep()
    at.package(acquisition, AssetState.COMPLETE)
    services.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == "ready"


def test_a_search_that_was_interrupted_before_its_choice_is_taken_up_by_the_sweeper(acquisition: Acquisition) -> None:
    Candidate.objects.update(state="waiting", torrent_id=None)
    Acquisition.objects.update(state="searching", torrent_id=None, next_try_at=None)
    services.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == "queued"


def test_a_choice_locks_the_request_before_the_torrent(acquisition: Acquisition) -> None:
    Candidate.objects.update(state="waiting", torrent_id=None)
    Acquisition.objects.update(state="searching")
    Torrent.objects.all().delete()
    with CaptureQueriesContext(connection) as asked:
        services.advance(acquisition.pk)
    texts = [query["sql"] for query in asked]
    lock = next(at for at, text in enumerate(texts) if "movie_requests_acquisition" in text and "FOR UPDATE" in text)
    assert lock < next(at for at, text in enumerate(texts) if text.startswith('INSERT INTO "torrents_torrent"'))


@pytest.mark.parametrize("fault", [OSError("Input/output error"), IntegrityError("a torrent went away")])
def test_one_bad_row_does_not_stop_the_sweep_for_the_others(
    db, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    alice = person("alice").pk
    for name in ("one", "two", "three"):
        title = catalog.create_manual_title(name=name)
        services.submit(user_id=alice, title_id=title.pk, torrent=at.metainfo(f"{name}.mkv"))
    looked_at: list[UUID] = []

    def fail_at_the_first(acquisition_id: UUID) -> None:
        looked_at.append(acquisition_id)
        if len(looked_at) == 1:
            raise fault

    module = import_module("apps.movie_requests.services.advance")  # its name in the package is the function
    monkeypatch.setattr(module, "advance", fail_at_the_first)
    assert services.sweep() == 3
    assert len(looked_at) == 3


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_do_not_sweep_at_once() -> None:
    swept: list[int] = []

    def sweep_elsewhere() -> None:
        try:
            swept.append(services.sweep())
        finally:
            connection.close()

    title = catalog.create_manual_title(name="Big Buck Bunny")
    services.submit(user_id=person("alice").pk, title_id=title.pk, torrent=at.metainfo())
    with try_to_hold("movie_requests.sweep") as is_mine:
        assert is_mine
        other = threading.Thread(target=sweep_elsewhere)
        other.start()
        other.join()
    assert swept == [0]
    assert services.sweep() == 1


def test_a_failed_download_ends_with_its_reason_and_leaves_nothing(acquisition: Acquisition) -> None:
    torrent = at.torrent_of(acquisition)
    at.fail_download(acquisition, "Nobody has shared this film for 3 minutes.")
    services.on_torrent_changed(torrent.pk)
    acquisition.refresh_from_db()
    assert (acquisition.state, acquisition.reason) == ("failed", "Nobody has shared this film for 3 minutes.")
    assert acquisition.fix
    assert Torrent.objects.get(pk=torrent.pk).state == "removed"
    candidate = Candidate.objects.get()
    assert (candidate.state, candidate.reason) == ("rejected", acquisition.reason)
    assert set(Notification.objects.values_list("announcement__kind", flat=True)) == {"failed"}
    assert Title.objects.get().availability == "none"


def test_a_torrent_without_video_fails_and_is_removed(acquisition: Acquisition) -> None:
    torrent = at.torrent_of(acquisition)
    at.download(acquisition, done=1)
    at.finish_download(acquisition, has_video=False)
    services.on_torrent_changed(torrent.pk)
    acquisition.refresh_from_db()
    assert acquisition.state == "failed"
    assert "no film" in acquisition.reason
    assert Torrent.objects.get().state == "removed"
    assert MediaAsset.objects.count() == 0


def test_a_film_that_cannot_be_packaged_fails_with_the_packagers_words_and_leaves_nothing(
    acquisition: Acquisition,
) -> None:
    reach_packaging(acquisition)
    services.on_asset_changed(at.package(acquisition, AssetState.FAILED, "This is a playlist, not a film."))
    acquisition.refresh_from_db()
    assert (acquisition.state, acquisition.reason) == ("failed", "This is a playlist, not a film.")
    assert (acquisition.torrent_id, acquisition.asset_id) == (None, None)
    assert MediaAsset.objects.count() == 0
    assert Torrent.objects.get().state == "removed"


def test_the_next_candidate_is_taken_when_the_first_one_fails(acquisition: Acquisition) -> None:
    services.submit(user_id=person("carol").pk, title_id=acquisition.title_id, torrent=at.metainfo("better.mkv"))
    first = at.torrent_of(acquisition).pk
    assert Torrent.objects.count() == 1  # the second waits and downloads nothing
    at.fail_download(acquisition, "The disk is full.")
    services.on_torrent_changed(first)
    second = at.torrent_of(acquisition)
    assert acquisition.state == "queued"
    assert second.name == "better.mkv"
    assert Torrent.objects.get(pk=first).state == "removed"
    assert second.state == "wanted"
    assert Notification.objects.count() == 0


def test_a_torrent_that_two_films_need_stays_when_one_ends(acquisition: Acquisition) -> None:
    other, _ = services.submit(
        user_id=person("carol").pk,
        title_id=catalog.create_manual_title(name="Other name").pk,
        torrent=at.metainfo(),
    )
    assert other.torrent_id == at.torrent_of(acquisition).pk
    services.cancel(acquisition_id=other.pk, user_id=other.requester_id, is_operator=False)
    services.advance(other.pk)
    assert Torrent.objects.get().state == "wanted"
    services.cancel(acquisition_id=acquisition.pk, user_id=acquisition.requester_id, is_operator=True)
    services.advance(acquisition.pk)
    assert Torrent.objects.get().state == "removed"


def test_a_crash_between_the_end_and_the_cleaning_is_made_good_by_the_sweeper(acquisition: Acquisition) -> None:
    services.cancel(acquisition_id=acquisition.pk, user_id=acquisition.requester_id, is_operator=True)
    assert Torrent.objects.get().state == "wanted"
    services.sweep()
    assert Torrent.objects.get().state == "removed"
    assert services.sweep() == 0


def test_a_torrent_removed_behind_our_back_fails_the_request(acquisition: Acquisition) -> None:
    records.move(at.torrent_of(acquisition).pk, TorrentEvent.REMOVAL_ASKED)
    assert hint(acquisition) == "failed"
    assert "removed" in acquisition.reason


def test_an_evicted_film_can_be_asked_for_again(acquisition: Acquisition) -> None:
    reach_ready(acquisition)
    services.on_asset_changed(at.package(acquisition, AssetState.EVICTED))
    acquisition.refresh_from_db()
    assert acquisition.state == "evicted"
    assert Title.objects.get().availability == "none"
    again, is_new = services.submit(user_id=acquisition.requester_id, title_id=acquisition.title_id)
    assert is_new
    assert again.pk != acquisition.pk


def test_hints_about_unknown_things_are_harmless(db) -> None:
    services.advance(uuid4())
    services.on_torrent_changed(uuid4())
    services.on_asset_changed(uuid4())


def test_nobody_answers_for_thirty_days(db, settings) -> None:
    settings.REQUESTS_NEED_APPROVAL = True
    title = catalog.create_manual_title(name="Big Buck Bunny")
    acquisition, _ = services.submit(user_id=person("alice").pk, title_id=title.pk)
    services.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == "pending_approval"
    Acquisition.objects.update(created_at=timezone.now() - timedelta(days=31))
    services.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == "declined"


def test_every_move_is_pushed_to_each_follower_in_order(
    acquisition: Acquisition, pushes: Pushes, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        reach_ready(acquisition)
    people = [events.user_group(follow.user_id) for follow in acquisition.follows.order_by("pk")]
    for group in people:
        frames = [frame for to, frame in pushes if to == group and frame["t"] == "req"]
        assert [frame["state"] for frame in frames] == ["downloading", "verifying", "packaging", "ready"]
        assert [frame["version"] for frame in frames] == sorted({frame["version"] for frame in frames})
        assert frames[-1]["playable"]
        assert frames[-1]["title"]["availability"] == "ready"
    mine = [frame["is_requester"] for to, frame in pushes if to == people[0] and frame["t"] == "req"]
    assert all(mine)
    assert sum(frame["t"] == "note" for _, frame in pushes) == 2


def test_progress_is_pushed_at_most_once_a_second(
    acquisition: Acquisition, pushes: Pushes, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        at.download(acquisition, done=0.25)
        hint(acquisition)
        for _ in range(5):
            hint(acquisition)
        Acquisition.objects.update(pushed_at=timezone.now() - timedelta(seconds=1))
        at.download(acquisition, done=0.5)
        hint(acquisition)
    alice = events.user_group(acquisition.requester_id)
    frames = [frame for to, frame in pushes if to == alice and frame["t"] == "prog"]
    assert [frame["p"] for frame in frames] == [0.25, 0.5]
    assert frames[1]["n"] > frames[0]["n"]
    assert set(frames[0]) == {"t", "id", "n", "p", "bps", "eta", "rungs"}
    assert (frames[0]["bps"], frames[0]["eta"], frames[0]["rungs"]) == (50_000, 3, [])


def test_a_notice_that_comes_too_early_books_one_more_look(
    acquisition: Acquisition, pushes: Pushes, wakeups: Wakeups, django_capture_on_commit_callbacks
) -> None:
    """However many come in one second, the last state is pushed, and there is one message for it at a time."""
    for share in (0.25, 0.5, 0.75):
        at.download(acquisition, done=share)
        with django_capture_on_commit_callbacks(execute=True):
            hint(acquisition)
            hint(acquisition)
    assert wakeups == [(Job.SHOW_REQUEST, str(acquisition.pk), 0.75)]
    Acquisition.objects.update(pushed_at=timezone.now() - timedelta(seconds=0.75))
    with django_capture_on_commit_callbacks(execute=True):
        hint(acquisition)
    assert [frame["p"] for frame in progs(pushes, acquisition)][-1] == 0.75
    with django_capture_on_commit_callbacks(execute=True):
        hint(acquisition)
    assert len(wakeups) == 2, "what comes too early after that is booked anew"


def test_a_booking_whose_message_was_lost_is_made_again(
    acquisition: Acquisition, wakeups: Wakeups, django_capture_on_commit_callbacks
) -> None:
    at.download(acquisition, done=0.25)
    now = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        hint(acquisition)
        Acquisition.objects.update(pushed_at=now + timedelta(hours=1), push_booked_at=now - timedelta(seconds=6))
        hint(acquisition)
        hint(acquisition)
    assert len(wakeups) == 1


def say(acquisition: Acquisition) -> None:
    """A wake-up of the packager, a second after the last."""
    Acquisition.objects.update(pushed_at=timezone.now() - timedelta(seconds=1))
    acquisition.refresh_from_db()
    services.on_asset_changed(acquisition.asset_id)


def test_what_people_were_told_never_falls_until_the_film_is_planned_anew(
    acquisition: Acquisition, pushes: Pushes, django_capture_on_commit_callbacks
) -> None:
    reach_packaging(acquisition)
    asset = MediaAsset.objects.get(pk=at.package(acquisition, AssetState.PLAYABLE))
    copy = add_track(asset, "v-src", state=RenditionState.BUILDING, done=1)
    rung = add_track(asset, "v480", state=RenditionState.BUILDING, done=2, mode=Mode.ENCODE)
    say(acquisition)  # that it can be watched is an item of its own
    with django_capture_on_commit_callbacks(execute=True):
        say(acquisition)
        Rendition.objects.filter(pk=rung.pk).update(state=RenditionState.FAILED)
        say(acquisition)
        Rendition.objects.filter(pk=copy.pk).update(bitmap=b"\x00")
        say(acquisition)
        Rendition.objects.filter(pk=copy.pk).update(bitmap=b"\x07")
        say(acquisition)
        MediaAsset.objects.update(epoch=2)
        Rendition.objects.filter(pk=copy.pk).update(bitmap=b"\x01")
        say(acquisition)
    shares = [frame["p"] for frame in progs(pushes, acquisition)][-5:]
    assert shares == pytest.approx([41 / 63, 41 / 63, 41 / 63, 1.0, 1 / 3])
    assert selectors.item(acquisition, uuid4())["progress"] == pytest.approx(1 / 3)


def test_each_rung_says_its_share_its_speed_and_what_is_left(
    acquisition: Acquisition, pushes: Pushes, django_capture_on_commit_callbacks
) -> None:
    reach_packaging(acquisition)
    asset = MediaAsset.objects.get(pk=at.package(acquisition, AssetState.PLAYABLE))
    rung = add_track(asset, "v480", state=RenditionState.BUILDING, done=1, mode=Mode.ENCODE)
    now_s = timezone.now().timestamp()
    Rendition.objects.filter(pk=rung.pk).update(pace=[[now_s - 50, 4.0], [now_s, 200.0]])
    say(acquisition)  # that it can be watched is an item of its own
    with django_capture_on_commit_callbacks(execute=True):
        say(acquisition)
    [told] = progs(pushes, acquisition)[-1]["rungs"]
    assert (told["name"], told["share"]) == ("v480", pytest.approx(1 / 3))
    assert told["speed"] == pytest.approx(4.0, abs=0.1)
    assert told["eta_s"] == pytest.approx(7 / 4, abs=0.1)


def test_a_stall_shows_as_health_and_passes_again(
    acquisition: Acquisition, pushes: Pushes, django_capture_on_commit_callbacks
) -> None:
    at.download(acquisition, done=0.25)
    hint(acquisition)
    for event, health in ((TorrentEvent.STALL_NOTICED, "stalled"), (TorrentEvent.DOWNLOAD_STARTED, "ok")):
        Acquisition.objects.update(pushed_at=None)
        records.move(at.torrent_of(acquisition).pk, event, reason="No peer sends data.")
        with django_capture_on_commit_callbacks(execute=True):
            hint(acquisition)
        frame = pushes[-1][1]
        assert (frame["t"], frame["health"], frame["state"]) == ("req", health, "downloading")


def test_the_snapshot_holds_what_a_person_follows_and_nothing_of_others(acquisition: Acquisition) -> None:
    alice, charlie = acquisition.requester_id, person("charlie").pk
    snap = selectors.snapshot(alice)
    assert snap["t"] == "snap"
    assert snap["unread"] == 0
    assert [item["id"] for item in snap["requests"]] == [str(acquisition.pk)]
    assert selectors.snapshot(charlie) == {"t": "snap", "requests": [], "unread": 0}


def test_an_old_snapshot_and_the_pushed_items_make_the_new_snapshot(
    acquisition: Acquisition, pushes: Pushes, django_capture_on_commit_callbacks
) -> None:
    alice = acquisition.requester_id
    known = {item["id"]: item for item in selectors.snapshot(alice)["requests"]}
    with django_capture_on_commit_callbacks(execute=True):
        reach_ready(acquisition)
    for to, frame in pushes:
        if to == events.user_group(alice) and frame["t"] == "req":
            known[frame["id"]] = {name: value for name, value in frame.items() if name != "t"}
    assert known == {item["id"]: item for item in selectors.snapshot(alice)["requests"]}
