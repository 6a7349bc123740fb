"""Programs that hang or are killed: their unit is tried again, and after three times it is over; none is left."""

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import timedelta

import pytest

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import process
from apps.streaming.domain import patience
from apps.streaming.domain.states import AssetState, UnitKind
from apps.streaming.models import MediaAsset, WorkUnit
from apps.streaming.services import leases

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]


@pytest.fixture
def prepared(monkeypatch) -> MediaAsset:
    """A film whose pictures and sound are planned, where a second of silence is a hang."""
    title = create_manual_title(name="Hangs")
    asset_id = services.create_asset(title_id=title.pk, source=media.film("long gop"))
    services.run_next_unit(asset_id=asset_id, kind=UnitKind.PREPARE)
    monkeypatch.setattr(patience, "STALL_MIN_S", 1.0)
    monkeypatch.setattr(patience, "STALL_MAX_S", 1.0)
    monkeypatch.setattr(leases, "RETRY_WAIT", timedelta(seconds=10))
    return MediaAsset.objects.get(pk=asset_id)


@pytest.fixture
def stop(monkeypatch) -> Callable[[int], list[int]]:
    """SIGSTOP for the next ``count`` programs; gives their process ids as they come."""
    start, stopped = process.start, []

    def stop_the_next(count: int) -> list[int]:
        def start_and_stop(*args, **changes) -> subprocess.Popen[bytes]:
            child = start(*args, **changes)
            if len(stopped) < count:
                os.killpg(child.pid, signal.SIGSTOP)
                stopped.append(child.pid)
            return child

        monkeypatch.setattr(process, "start", start_and_stop)
        return stopped

    return stop_the_next


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_unit_whose_ffmpeg_hangs_three_times_is_given_up_without_further_waits(prepared, stop):
    stopped = stop(3)
    for failures in (1, 2):
        assert services.run_next_unit(asset_id=prepared.pk, kind=UnitKind.VIDEO)
        unit = WorkUnit.objects.exclude(error="").get()
        assert (unit.failures, unit.not_before) == (failures, None), "it may be tried again at once"
        assert "made no progress for 1 s" in unit.error
    services.run_next_unit(asset_id=prepared.pk, kind=UnitKind.VIDEO)
    prepared.refresh_from_db()
    assert prepared.state == AssetState.FAILED, "its only picture"
    assert "three times in a row" in prepared.reason
    assert len(stopped) == 3
    assert all(map(is_gone, stopped)), "a stopped program is ended too"


def test_a_film_whose_ffmpeg_hung_twice_is_made(prepared, stop, monkeypatch):
    stopped = stop(2)
    for _ in range(2):
        services.run_next_unit(asset_id=prepared.pk, kind=UnitKind.VIDEO)
    assert len(stopped) == 2
    monkeypatch.setattr(patience, "STALL_MIN_S", 60.0)  # a busy machine is no hang
    monkeypatch.setattr(patience, "STALL_MAX_S", 60.0)
    while services.run_next_unit(asset_id=prepared.pk):
        pass
    prepared.refresh_from_db()
    assert (prepared.state, prepared.reason) == (AssetState.COMPLETE, "")


def test_a_film_is_not_refused_because_somebody_killed_what_reads_it(monkeypatch):
    """The kernel does so when memory is short."""
    start, killed = process.start, []

    def start_and_kill_the_first(*args, **changes) -> subprocess.Popen[bytes]:
        child = start(*args, **changes)
        if not killed:
            os.killpg(child.pid, signal.SIGKILL)
            killed.append(child.pid)
        return child

    monkeypatch.setattr(process, "start", start_and_kill_the_first)
    title = create_manual_title(name="Killed")
    asset_id = services.create_asset(title_id=title.pk, source=media.film("mp4"))
    assert services.run_next_unit(asset_id=asset_id, kind=UnitKind.PREPARE)
    assert MediaAsset.objects.get(pk=asset_id).state == AssetState.PROBING
    assert services.run_next_unit(asset_id=asset_id, kind=UnitKind.PREPARE), "it is tried again"
    assert WorkUnit.objects.filter(asset_id=asset_id, kind=UnitKind.VIDEO).exists()
