"""The real daemon on a real database: wishes become films, and neither kill -9 nor a lost database costs one."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection

from apps.torrents import selectors, services
from apps.torrents.domain.metainfo import parse_metainfo
from apps.torrents.domain.states import TorrentState
from apps.torrents.models import Torrent
from apps.torrents.selectors import TorrentStatus
from tests.swarm import Seeder, make_torrent, tracker

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parent.parent.parent
LIMIT_S = 60
MIB = 1 << 20
PIECE = 64 * 1024


def database_url() -> str:
    found = connection.settings_dict
    host = found["HOST"]
    place = (
        f"/{found['NAME']}?host={quote(host)}" if host.startswith("/") else f"{host}:{found['PORT']}/{found['NAME']}"
    )
    who = quote(found["USER"]) + (f":{quote(found['PASSWORD'])}" if found["PASSWORD"] else "")
    return f"postgresql://{who}@{place}"


def start_daemon(**changes: str) -> "subprocess.Popen[bytes]":
    env = os.environ | {"DATABASE_URL": database_url()} | changes
    return subprocess.Popen([sys.executable, "manage.py", "torrentd"], cwd=ROOT, env=env, stdin=subprocess.DEVNULL)


@contextmanager
def daemon(**changes: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = start_daemon(**changes)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def wait_until(torrent_id: UUID, is_reached: Callable[[TorrentStatus], bool]) -> TorrentStatus:
    deadline = time.monotonic() + LIMIT_S
    status = selectors.status(torrent_id)
    while not is_reached(status):
        assert time.monotonic() < deadline, f"not reached in {LIMIT_S} s: {status}"
        time.sleep(0.1)
        status = selectors.status(torrent_id)
    return status


def is_whole(status: TorrentStatus) -> bool:
    assert status.state is not TorrentState.ERROR, status
    return status.video_path is not None


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mkv"
    path.write_bytes(random.Random(11).randbytes(6 * MIB + 4_321))
    return path


@pytest.fixture
def announce_url() -> Iterator[str]:
    with tracker() as url:
        yield url


def test_a_torrent_becomes_a_film_on_disk_and_goes_when_removed(film: Path, announce_url: str) -> None:
    metainfo = make_torrent(film, [announce_url])
    with Seeder(film, metainfo), daemon():
        torrent_id = services.add_metainfo(metainfo)
        status = wait_until(torrent_id, is_whole)
        assert status.video_path is not None
        assert status.video_path.read_bytes() == film.read_bytes()
        assert (status.progress, status.name, status.bytes_total) == (1.0, film.name, film.stat().st_size)
        wait_until(torrent_id, lambda status: status.state is TorrentState.SEEDING)
        services.remove(torrent_id)
        wait_until(torrent_id, lambda _: Torrent.objects.filter(pk=torrent_id, files_deleted_at=None).count() == 0)
        assert not status.video_path.parent.exists()


def test_a_magnet_becomes_a_film_and_needs_no_peer_for_its_description_after_a_restart(
    film: Path, announce_url: str
) -> None:
    metainfo = make_torrent(film, [announce_url])
    magnet = f"magnet:?xt=urn:btih:{parse_metainfo(metainfo).v1_hash}&dn=x&tr={quote(announce_url, safe='')}"
    with Seeder(film, metainfo, rate_bytes=2 * MIB):
        torrent_id = services.add_magnet(magnet)
        with daemon():
            wait_until(torrent_id, lambda status: status.state is TorrentState.DOWNLOADING and status.progress > 0)
        row = Torrent.objects.get(pk=torrent_id)
        assert row.metainfo is not None
        assert row.video_file == "0.mkv"
        with daemon():
            status = wait_until(torrent_id, is_whole)
    assert status.video_path is not None
    assert status.video_path.read_bytes() == film.read_bytes()


def test_kill_9_costs_no_verified_piece(film: Path, announce_url: str) -> None:
    metainfo = make_torrent(film, [announce_url])
    with Seeder(film, metainfo, rate_bytes=MIB) as seeder:
        torrent_id = services.add_metainfo(metainfo)
        for share in (0.15, 0.4, 0.7):
            victim = start_daemon()
            try:
                wait_until(torrent_id, lambda status, share=share: status.progress > share)
            finally:
                victim.kill()
                victim.wait()
        with daemon():
            status = wait_until(torrent_id, is_whole)
        in_flight = MIB // 2  # what this rate brings in half a second: unfinished pieces and what the sockets hold
        assert seeder.uploaded_bytes() <= film.stat().st_size + 3 * in_flight
    assert status.video_path is not None
    assert status.video_path.read_bytes() == film.read_bytes()


def test_a_magnet_without_peers_fails_with_a_reason_and_can_be_retried() -> None:
    torrent_id = services.add_magnet(f"magnet:?xt=urn:btih:{'cd' * 20}")
    with daemon(MATINEE_METADATA_TIMEOUT_S="2"):
        status = wait_until(torrent_id, lambda status: status.state is TorrentState.ERROR)
        assert "No peer sent the film's description within 2 seconds" in (status.reason or "")
        services.retry(torrent_id)
        wait_until(torrent_id, lambda status: status.state is TorrentState.METADATA)
        wait_until(torrent_id, lambda status: status.state is TorrentState.ERROR)


def test_a_torrent_without_peers_is_stalled_with_a_reason_and_wakes_when_one_comes(
    film: Path, announce_url: str
) -> None:
    metainfo = make_torrent(film, [announce_url])
    torrent_id = services.add_metainfo(metainfo)
    with daemon():
        status = wait_until(torrent_id, lambda status: status.state is TorrentState.STALLED)
        assert "No peer is connected" in (status.reason or "")
        with Seeder(film, metainfo):
            wait_until(torrent_id, is_whole)


def test_a_magnet_whose_files_hold_no_film_fails_with_the_reason(tmp_path: Path, announce_url: str) -> None:
    archive = tmp_path / "film.rar"
    archive.write_bytes(random.Random(5).randbytes(MIB))
    metainfo = make_torrent(archive, [announce_url])
    with Seeder(archive, metainfo) as seeder, daemon():
        info_hash = parse_metainfo(metainfo).v1_hash
        torrent_id = services.add_magnet(f"magnet:?xt=urn:btih:{info_hash}&tr={quote(announce_url, safe='')}")
        status = wait_until(torrent_id, lambda status: status.state is TorrentState.ERROR)
        assert "archives" in (status.reason or "")
        assert seeder.uploaded_bytes() == 0
    assert not (Path(settings.MEDIA_ROOT) / "torrents" / str(torrent_id)).exists()


def test_a_second_daemon_waits_for_the_first_and_takes_over(film: Path, announce_url: str) -> None:
    metainfo = make_torrent(film, [announce_url])
    with Seeder(film, metainfo):
        first = start_daemon()
        try:
            wait_until(services.add_metainfo(metainfo), is_whole)
            with daemon() as second:
                time.sleep(2)
                assert second.poll() is None
                first.kill()
                first.wait()
                other = film.with_name("other.mkv")
                other.write_bytes(film.read_bytes()[::-1])
                other_metainfo = make_torrent(other, [announce_url])
                with Seeder(other, other_metainfo):
                    wait_until(services.add_metainfo(other_metainfo), is_whole)
        finally:
            if first.poll() is None:
                first.kill()
                first.wait()


def cut_database_sessions() -> int:
    """End every other session of the test database, as a restart of Postgres does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_a_lost_database_session_delays_the_news_and_loses_nothing(film: Path, announce_url: str) -> None:
    metainfo = make_torrent(film, [announce_url])
    with Seeder(film, metainfo, rate_bytes=2 * MIB), daemon() as process:
        torrent_id = services.add_metainfo(metainfo)
        wait_until(torrent_id, lambda status: status.progress > 0.1)
        assert cut_database_sessions() >= 1
        wait_until(torrent_id, is_whole)
        assert process.poll() is None


def test_a_broker_that_is_away_does_not_stop_a_download(film: Path, announce_url: str) -> None:
    metainfo = make_torrent(film, [announce_url])
    with Seeder(film, metainfo), daemon(REDIS_URL="redis://127.0.0.1:1/0"):
        wait_until(services.add_metainfo(metainfo), is_whole)
