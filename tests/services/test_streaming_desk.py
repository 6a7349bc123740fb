"""Threads of a worker: most are kept free of what nobody waits for."""

import errno

import pytest
from streaming_rows import add_track, ready_asset, unit_of

from apps.streaming.adapters.bucket import BucketFailed
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import desk, leases, space, working

pytestmark = pytest.mark.django_db


@pytest.fixture
def track(monkeypatch) -> Rendition:
    monkeypatch.setattr(desk, "cores", lambda: 2)
    monkeypatch.setattr(desk, "_running", {})
    asset = ready_asset(state=AssetState.PLAYABLE)
    return add_track(asset, "v480", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)


def unit_at(track: Rendition, priority: Priority) -> WorkUnit:
    return unit_of(track, priority=priority, base_priority=priority)


def test_a_second_encode_ahead_of_time_waits_but_a_viewer_does_not(track):
    for priority in (Priority.REST, Priority.REST, Priority.REST):
        unit_at(track, priority)
    assert desk.take(None, None).priority == Priority.REST
    assert desk.take(None, None) is None, "one encode ahead of time fills two cores"
    unit_at(track, Priority.WAITING)
    assert desk.take(None, None).priority == Priority.WAITING


def test_reading_other_films_never_takes_the_last_threads(track):
    taken = []
    for _ in range(4):
        unit_at(track, Priority.SOON)
        taken.append(desk.take(None, None))
    assert [unit is not None for unit in taken] == [True, True, True, False]
    for _ in range(3):
        unit_at(track, Priority.WAITING)
        assert desk.take(None, None).priority == Priority.WAITING


def test_a_thread_that_is_done_is_free_again(track):
    first, _ = unit_at(track, Priority.REST), unit_at(track, Priority.REST)
    taken = desk.take(None, None)
    assert taken == first
    desk.leave(taken)
    assert desk.take(None, None) is not None


def test_a_unit_without_room_goes_back_without_a_failure_and_others_go_first(track, monkeypatch):
    monkeypatch.setattr(space, "admits", lambda _: False)
    unit = unit_at(track, Priority.REST)
    assert working.run_next_unit()
    assert not working.run_next_unit()
    unit.refresh_from_db()
    assert (unit.state, unit.failures, unit.leased_until) == (UnitState.PENDING, 0, None)
    other = unit_at(track, Priority.EXTRA)
    assert desk.take(None, None) == other


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), working.ffmpeg.FfmpegFailed("ended with code 1. No space left on device")],
)
def test_a_full_disk_is_nobodys_failure(track, monkeypatch, error):
    def fill(_: WorkUnit) -> None:
        raise error

    noted: list[WorkUnit] = []
    monkeypatch.setitem(working.MAKERS, "video", fill)
    monkeypatch.setattr(space, "note_full_disk", noted.append)
    unit = unit_at(track, Priority.REST)
    working.run_next_unit()
    unit.refresh_from_db()
    assert (unit.state, unit.failures, noted) == (UnitState.PENDING, 0, [unit])


@pytest.mark.parametrize(
    "error", [BucketFailed("no answer"), OSError(errno.EROFS, "Read-only"), OSError(errno.EIO, "")]
)
@pytest.mark.parametrize("at", ["maker", "room"])
def test_a_store_that_cannot_be_reached_is_nobodys_failure(track, monkeypatch, error, at):
    def refuse(_: WorkUnit) -> bool:
        raise error

    if at == "maker":
        monkeypatch.setitem(working.MAKERS, "video", refuse)
    else:
        monkeypatch.setattr(space, "admits", refuse)
    unit = unit_at(track, Priority.REST)
    for _ in range(4):
        assert working.run_next_unit()
        assert desk.take(None, None) is None, "the next attempt is some seconds later"
        WorkUnit.objects.update(not_before=None)
    unit.refresh_from_db()
    assert (unit.state, unit.failures) == (UnitState.PENDING, 0)


def test_a_missing_file_is_a_failure_of_the_attempt(track, monkeypatch):
    def miss(_: WorkUnit) -> None:
        raise FileNotFoundError("sheet.jpg")

    monkeypatch.setitem(working.MAKERS, "video", miss)
    unit = unit_at(track, Priority.REST)
    working.run_next_unit()
    unit.refresh_from_db()
    assert unit.failures == 1


def test_what_is_left_of_a_rung_that_was_given_up_is_not_made(track, monkeypatch):
    def fail(_: WorkUnit) -> None:
        raise working.ffmpeg.FfmpegFailed("no")

    monkeypatch.setitem(working.MAKERS, "video", fail)
    add_track(track.asset, "v720", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
    unit_of(track, 0, 1, failures=2, priority=1)
    shared, alone = unit_of(track, 1, 2, rungs=["v480", "v720"]), unit_of(track, 2, 3)
    assert working.run_next_unit()
    track.refresh_from_db()
    shared.refresh_from_db()
    assert (track.state, shared.rungs) == (RenditionState.FAILED, ["v720"])
    assert "from 0:00:00 on, three times in a row" in track.reason
    assert not WorkUnit.objects.filter(pk=alone.pk).exists()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            working.probe.ProbeTimeout("Reading the film took longer than 90 s."),
            " Reading the film took longer than 90 s.",
        ),
        (working.tracks.TracksFailed("/srv/films/a.mkv"), ""),
    ],
)
def test_a_film_that_could_not_be_read_says_why_where_that_is_known(track, monkeypatch, error, told):
    def fail(_: WorkUnit) -> None:
        raise error

    monkeypatch.setitem(working.MAKERS, "prepare", fail)
    MediaAsset.objects.filter(pk=track.asset_id).update(state=AssetState.PROBING)
    unit_of(track, failures=2, priority=1, kind="prepare", rungs=[])
    assert working.run_next_unit()
    asset = MediaAsset.objects.get(pk=track.asset_id)
    assert (asset.state, asset.reason) == (
        AssetState.FAILED, f"This film could not be read, three times in a row.{told}",
    )  # fmt: skip


def test_the_place_that_is_named_is_where_the_film_stopped(track, monkeypatch):
    def fail(_: WorkUnit) -> None:
        raise working.ffmpeg.FfmpegFailed("no")

    monkeypatch.setitem(working.MAKERS, "video", fail)
    half = add_track(track.asset, "v720", state=RenditionState.BUILDING, done=2, mode=Mode.ENCODE)
    unit_of(half, 0, 3, failures=2, priority=1)
    assert working.run_next_unit()
    half.refresh_from_db()
    assert "from 0:00:08 on" in half.reason


def test_the_next_unit_may_begin_while_what_this_one_made_is_proved(track, monkeypatch):
    unit_at(track, Priority.SOON)
    monkeypatch.setattr(working, "MAKERS", dict.fromkeys(working.MAKERS, lambda _: None))
    steps = []
    monkeypatch.setattr(leases, "wake_workers", lambda *_: steps.append("woken"))
    monkeypatch.setattr(working, "settle", lambda _: steps.append(f"busy: {desk.serves(Priority.SOON)}"))
    assert working.run_next_unit()
    assert steps == ["woken", "busy: False"]
