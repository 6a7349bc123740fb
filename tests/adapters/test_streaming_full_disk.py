"""A disk that is really full: nothing half-made is ever published, and work goes on once there is space."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from stored_films import COUNT, PREROLL, bits_of, stored_film

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.progress import has_bit
from apps.streaming.domain.states import AssetState, UnitState
from apps.streaming.models import MediaAsset, StorageEvent, WorkUnit
from apps.streaming.services import audit, ledger, space

ROOT = Path(__file__).resolve().parents[2]
DISK_BYTES = 40_000_000
LIMIT_S = 60


@pytest.fixture
def small_disk(tmp_path, settings) -> Iterator[Path]:
    """A file system of 40 MB for the store. Only who may mount one can run these tests."""
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(path)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this needs the right to mount a small file system (root)")
    settings.MEDIA_ROOT = path
    settings.MEDIA_FLOOR_BYTES = 1
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def fill(disk: Path, left_bytes: int) -> Path:
    ballast = disk / "ballast"
    free = os.statvfs(disk)
    ballast.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - left_bytes)))
    return ballast


def work() -> None:
    """What workers try in a minute; each unit that found no room has waited its ten seconds."""
    for _ in range(4):
        while services.run_next_unit():
            pass
        WorkUnit.objects.update(not_before=None)


def assert_nothing_bad_is_published(asset: MediaAsset) -> None:
    assert list(audit.findings()) == []
    for track in asset.renditions.all():
        for index in range(track.segment_count):
            if has_bit(bytes(track.bitmap), index) and track.kind == "video":
                folder = store.folder(asset.pk, asset.epoch) / track.name
                data = (folder / "init.mp4").read_bytes() + (folder / f"{index:05d}.m4s").read_bytes()
                assert len(media.decode(data, "video").times) == track.segments.frames[index]


@pytest.mark.django_db
@pytest.mark.parametrize("left_bytes", [0, 60_000, 250_000, 700_000])
def test_a_film_prepared_on_a_full_disk_is_whole_once_there_is_space(small_disk, left_bytes):
    source = media.film("mp4")
    ballast = fill(small_disk, left_bytes)
    title = create_manual_title(name="Full")
    asset_id = services.create_asset(title_id=title.pk, source=source)
    work()
    asset = MediaAsset.objects.get(pk=asset_id)
    assert asset.state not in {AssetState.COMPLETE, AssetState.FAILED}
    assert asset.pause_reason == space.DISK_FULL
    assert StorageEvent.objects.filter(kind="full_disk").exists()
    assert not WorkUnit.objects.exclude(failures=0).exists(), "nobody failed"
    assert_nothing_bad_is_published(asset)
    ballast.unlink()
    services.sweep()
    work()
    asset.refresh_from_db()
    assert (asset.state, asset.reason, asset.pause_reason) == (AssetState.COMPLETE, "", "")
    assert_nothing_bad_is_published(asset)
    assert len(media.decode(media.joined(store.folder(asset_id, 1), "v-src"), "video").times) == 300


@pytest.mark.django_db
def test_below_the_floor_no_work_starts_and_above_it_work_goes_on(small_disk, settings):
    settings.MEDIA_FLOOR_BYTES = DISK_BYTES // 2
    ballast = fill(small_disk, DISK_BYTES // 4)
    title = create_manual_title(name="Full")
    services.create_asset(title_id=title.pk, source=media.film("mp4"))
    work()
    assert [unit.state for unit in WorkUnit.objects.all()] == [UnitState.PENDING]
    assert store.work_folders() == []
    ballast.unlink()
    work()
    assert MediaAsset.objects.get().state == AssetState.COMPLETE


@pytest.mark.django_db
def test_read_only_media_are_told_and_what_is_damaged_is_made_when_they_can_be_written(small_disk):
    film = stored_film("Read-only")
    path = store.folder(film.asset_id, 1) / "v-src" / "00003.m4s"
    path.write_bytes(b"x" * 1_000)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(CommandError, match="could not be repaired"):
        call_command("audit_media", "--repair")
    assert path.read_bytes() == b"x" * 1_000
    assert bits_of(film.track("v-src")) == set(range(COUNT)) - {3}, "nobody is told that it is good"
    assert WorkUnit.objects.filter(rungs=["v-src"], first__lte=3, last__gt=3, state=UnitState.PENDING).exists()
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)


EVICTOR = """
import sys, time
import django; django.setup()
from apps.streaming.adapters import store
from apps.streaming.services import eviction
remove = store.remove_file
def slowly(path):
    time.sleep(0.5)  # what is left to remove takes seconds: the kill lands inside
    remove(path)
store.remove_file = slowly
eviction.evict_rung(sys.argv[1], "The room was needed.")
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("removed", [1, 8])
def test_an_evictor_killed_with_9_leaves_nothing_wrong(settings, tmp_path, removed):
    settings.MEDIA_ROOT = tmp_path
    film = stored_film("Killed")
    before = ledger.usage().total_bytes
    rung = film.track("v480")
    head, _, tail = os.environ["DATABASE_URL"].partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}" + (f"?{tail}" if tail else "")
    env = os.environ | {"DATABASE_URL": url, "MEDIA_ROOT": str(tmp_path)}
    evictor = subprocess.Popen([sys.executable, "-c", EVICTOR, str(rung.pk)], cwd=ROOT, env=env)
    until = time.monotonic() + LIMIT_S
    while len(film.files("v480")) > COUNT - removed:
        assert time.monotonic() < until
        assert evictor.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    evictor.send_signal(signal.SIGKILL)
    evictor.wait()
    assert PREROLL < len(film.files("v480")) < COUNT
    assert bits_of(film.track("v480")) == set(range(PREROLL))
    assert ledger.usage().total_bytes == before
    services.sweep()
    assert film.files("v480") == set(range(PREROLL))
    assert ledger.usage().total_bytes < before
