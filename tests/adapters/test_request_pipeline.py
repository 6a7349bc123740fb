"""A request through the real pipeline: a libtorrent swarm on loopback, torrentd, a Celery worker, ffmpeg."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from apps.catalog import services as catalog
from apps.movie_requests import selectors, services
from apps.movie_requests.domain.states import OVER, State
from apps.movie_requests.models import Acquisition
from apps.notifications.models import Notification
from apps.streaming import services as streaming
from apps.streaming.models import MediaAsset
from apps.torrents.models import Torrent
from tests import acquisitions as at
from tests.accounts_cast import person
from tests.films import seeded_film
from tests.swarm import Seeder, make_torrent, tracker

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parent.parent.parent
READY_LIMIT_S = 240  # a killed worker's lease has to run out first, on a machine that does other things
PATH_TO_READY = ["submitted", "approved", "searching", "queued", "downloading", "verifying", "packaging", "ready"]


def database_url() -> str:
    found = connection.settings_dict
    who = quote(found["USER"]) + (f":{quote(found['PASSWORD'])}" if found["PASSWORD"] else "")
    if found["HOST"].startswith("/"):
        return f"postgresql://{who}@/{found['NAME']}?host={quote(found['HOST'])}"
    return f"postgresql://{who}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


@contextmanager
def process(*args: str, **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
    env = os.environ | {"DATABASE_URL": database_url()} | changes
    running = subprocess.Popen([sys.executable, *args], cwd=ROOT, env=env, stdin=subprocess.DEVNULL)
    try:
        yield running
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def torrentd(**changes: str) -> Any:
    return process("manage.py", "torrentd", **changes)


def worker() -> Any:
    options = ["-Q", "default,fetch,transcode", "-c", "2", "-l", "WARNING", "-n", f"pipeline-{os.getpid()}@%h"]
    return process("-m", "celery", "-A", "project", "worker", *options)


def wait_until(acquisition: Acquisition, *, is_reached: Callable[[State], bool], limit_s: float) -> State:
    """Sweeps every second meanwhile, as beat does."""
    deadline = time.monotonic() + limit_s
    while True:
        acquisition.refresh_from_db()
        state = State(acquisition.state)
        if is_reached(state):
            return state
        assert time.monotonic() < deadline, f"{state} after {limit_s} s: {acquisition.reason}"
        time.sleep(1)
        services.sweep()
        streaming.sweep()


def is_over(state: State) -> bool:
    return state in OVER


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_film_goes_from_the_swarm_to_the_screen_and_two_people_hear_of_it_once(tmp_path: Path, suffix: str) -> None:
    alice, bob = person("alice"), person("bob")
    title = catalog.create_manual_title(name="Big Buck Bunny", year=2008)
    with (
        seeded_film(tmp_path, name="bunny", seconds=20, suffix=suffix, rate_bytes=300_000) as film,
        torrentd(),
        worker(),
    ):
        acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=film.torrent)
        services.submit(user_id=bob.pk, title_id=title.pk)
        assert wait_until(acquisition, is_reached=is_over, limit_s=READY_LIMIT_S) == State.READY, acquisition.reason
    assert at.states_of(acquisition) == PATH_TO_READY
    title.refresh_from_db()
    assert title.availability == "ready"
    playback = streaming.authorise_playback(viewer_id=bob.pk, title_id=title.pk)
    assert playback.duration_s == pytest.approx(20, abs=0.2)
    told = Notification.objects.filter(announcement__kind="ready").values_list("user__name", flat=True)
    assert sorted(told) == ["Alice", "Bob"]
    item = selectors.item(acquisition, alice.pk)
    assert (item["playable"], item["progress"]) == (True, 1.0)
    assert set(item["rungs"].values()) == {1.0}


def test_a_playlist_that_calls_itself_a_film_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "movie.mp4"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n" * 50)
    alice, title = person("alice"), catalog.create_manual_title(name="Trap")
    with tracker() as announce, torrentd(), worker():
        torrent = make_torrent(path, [announce])
        with Seeder(path, torrent):
            acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=torrent)
            assert wait_until(acquisition, is_reached=is_over, limit_s=READY_LIMIT_S) == State.FAILED
        wait_until_deleted(Torrent.objects.get())
    assert len(acquisition.reason) > 15
    assert acquisition.fix
    assert MediaAsset.objects.count() == 0
    title.refresh_from_db()
    assert title.availability == "none"
    assert Notification.objects.filter(user=alice).count() == 1


def wait_until_deleted(torrent: Torrent) -> None:
    """Until the row is marked, which the worker does, and the files are gone, which the daemon does."""
    folder = Path(settings.MEDIA_ROOT) / "torrents" / str(torrent.pk)
    deadline = time.monotonic() + 30
    while torrent.state != "removed" or folder.exists():
        assert time.monotonic() < deadline, f"{torrent.state}, {folder} exists: {folder.exists()}"
        time.sleep(0.2)
        torrent.refresh_from_db()


def test_a_magnet_that_nobody_shares_ends_with_a_reason(tmp_path: Path) -> None:
    alice, title = person("alice"), catalog.create_manual_title(name="Nobody has this")
    with torrentd(MATINEE_METADATA_TIMEOUT_S="3"), worker():
        acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, magnet=f"magnet:?xt=urn:btih:{'ab' * 20}")
        assert wait_until(acquisition, is_reached=is_over, limit_s=60) == State.FAILED
    assert "peer" in acquisition.reason.lower() or "nobody" in acquisition.reason.lower()
    assert Torrent.objects.get().state == "removed"


def test_cancelling_in_the_middle_removes_the_partial_film(tmp_path: Path) -> None:
    alice, title = person("alice"), catalog.create_manual_title(name="Big Buck Bunny")
    with seeded_film(tmp_path, name="bunny", seconds=30, rate_bytes=20_000) as film, torrentd(), worker():
        acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=film.torrent)
        wait_until(acquisition, is_reached=lambda state: state == State.DOWNLOADING, limit_s=60)
        services.cancel(acquisition_id=acquisition.pk, user_id=alice.pk, is_operator=False)
        wait_until_deleted(Torrent.objects.get())
    acquisition.refresh_from_db()
    assert acquisition.state == "cancelled"


def test_a_worker_killed_in_the_middle_costs_time_only(tmp_path: Path) -> None:
    alice, title = person("alice"), catalog.create_manual_title(name="Big Buck Bunny")
    with seeded_film(tmp_path, name="bunny", seconds=20, rate_bytes=300_000) as film, torrentd():
        with worker() as first:
            acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk, torrent=film.torrent)
            wait_until(acquisition, is_reached=lambda state: state == State.PACKAGING, limit_s=60)
            first.kill()
        with worker():
            assert wait_until(acquisition, is_reached=is_over, limit_s=READY_LIMIT_S) == State.READY
    assert Notification.objects.filter(user=alice).count() == 1
    assert at.states_of(acquisition) == PATH_TO_READY
