"""Workers and encoders killed with -9 in the middle: the film still ends complete, with no frame lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

import media
from apps.catalog.services import create_manual_title
from apps.streaming import selectors, services
from apps.streaming.adapters import store
from apps.streaming.domain.progress import count
from apps.streaming.domain.states import AssetState, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit

pytestmark = [pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import django; django.setup()
from apps.streaming import services
while services.run_next_unit():
    pass
"""
LIMIT_S = 200


@pytest.fixture
def start_worker():
    """Starts workers on the test's own database; none outlives the test."""
    workers: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        base, name = os.environ["DATABASE_URL"], connection.settings_dict["NAME"]
        head, _, tail = base.partition("?")
        url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{tail}" if tail else "")
        workers.append(
            subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=os.environ | {"DATABASE_URL": url})
        )
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


@pytest.fixture
def asset():
    title = create_manual_title(name="Killed")
    return services.create_asset(title_id=title.pk, source=media.film("slow"))


def wait_until(is_true: Callable[[], object]) -> None:
    until = time.monotonic() + LIMIT_S
    while not is_true():
        assert time.monotonic() < until, "nothing happened in time"
        time.sleep(0.05)


def published(asset: UUID, name: str) -> int:
    row = Rendition.objects.filter(asset_id=asset, name=name).first()
    return count(bytes(row.bitmap)) if row else 0


def encoders_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid=,comm="], capture_output=True, text=True)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "ffmpeg" in line]


def pass_the_leases_time() -> None:
    WorkUnit.objects.filter(state=UnitState.LEASED).update(leased_until=timezone.now() - timedelta(seconds=1))


def assert_whole(asset_id: UUID) -> None:
    asset = MediaAsset.objects.get(pk=asset_id)
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    for track in asset.renditions.filter(kind="video", on_demand=False):
        seen = media.decode(media.joined(store.folder(asset_id, asset.epoch), track.name), "video")
        assert len(seen.times) == 1000
        assert seen.worst_gap < 0.002
    assert store.work_folders() == []
    assert not list(store.asset_folder(asset_id).rglob(".*"))


def test_a_killed_worker_loses_no_published_segment(asset, start_worker):
    worker = start_worker()
    wait_until(lambda: published(asset, "v480") >= 2)
    [encoder] = encoders_of(worker.pid) or [0]
    worker.kill()
    worker.wait()
    done = published(asset, "v480")
    files = {path.name: path.stat().st_mtime_ns for path in store.folder(asset, 1).glob("v480/*.m4s")}
    wait_until(lambda: not Path(f"/proc/{encoder}/exe").exists() or not encoder)
    pass_the_leases_time()
    services.sweep()
    while services.run_next_unit(asset_id=asset):
        pass
    assert done >= 2
    kept = {path.name: path.stat().st_mtime_ns for path in store.folder(asset, 1).glob("v480/*.m4s")}
    assert files.items() <= kept.items(), "what was published before the kill was not made again"
    for folder in store.work_folders():
        store.discard(folder)  # the sweep does this ten minutes later
    assert_whole(asset)


def test_a_killed_encoder_is_started_again_where_it_was(asset, start_worker):
    worker = start_worker()
    wait_until(lambda: published(asset, "v480") >= 1)
    for encoder in encoders_of(worker.pid):
        with suppress(ProcessLookupError):
            os.kill(encoder, signal.SIGKILL)
    worker.wait(LIMIT_S)
    assert_whole(asset)


def test_two_workers_on_one_title_make_it_once(asset, start_worker):
    wait_until(lambda: services.run_next_unit(asset_id=asset))
    first, second = start_worker(), start_worker()
    assert (first.wait(LIMIT_S), second.wait(LIMIT_S)) == (0, 0)
    assert_whole(asset)
    assert not WorkUnit.objects.filter(failures__gt=0).exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_random_moments(asset, start_worker, seed):
    moments = random.Random(seed)
    for _ in range(3):
        worker = start_worker()
        with suppress(subprocess.TimeoutExpired):
            worker.wait(moments.uniform(2, 8))
        worker.kill()
        worker.wait()
        pass_the_leases_time()
        services.sweep()
    while services.run_next_unit(asset_id=asset):
        pass
    services.sweep()
    for folder in store.work_folders():
        store.discard(folder)
    assert selectors.asset_status(asset).reason is None
    assert_whole(asset)
