"""Wishes about torrents, and torrentd's pen: joining, moving once, telling once, showing progress."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

import pytest
from django.db import connection

from apps.common.errors import Invalid, NotFound, TooLarge
from apps.common.jobs import Job
from apps.torrents import selectors, services
from apps.torrents.domain.bencode import encode
from apps.torrents.domain.health import Observation, Opened, Phase
from apps.torrents.domain.metainfo import parse_metainfo, single_file_torrent
from apps.torrents.domain.states import TorrentEvent, TorrentState
from apps.torrents.models import Torrent
from apps.torrents.services import records

pytestmark = pytest.mark.django_db

V1 = "c9e15763f722f23e98a29decdfae341b98d53056"
MAGNET = f"magnet:?xt=urn:btih:{V1}"

OnCommit = Callable[..., Any]


def torrent_file(name: str = "film.mkv", trackers: list[str] | None = None) -> bytes:
    return single_file_torrent(
        name=name, size=40_000, piece_bytes=32_768, hashes=b"h" * 40, trackers=trackers or ["http://a.example/announce"]
    )


def changed_jobs(send: mock.Mock) -> list[str]:
    return [call.args[1][0] for call in send.call_args_list if call.args[0] == Job.TORRENT_CHANGED]


def row_of(torrent_id: UUID) -> Torrent:
    return Torrent.objects.get(pk=torrent_id)


def finish(torrent_id: UUID) -> None:
    records.record_opened(torrent_id, Opened("film.mkv", 40_000, "0.mkv", torrent_file(), 40_000))
    records.move(torrent_id, TorrentEvent.DOWNLOAD_STARTED)
    records.move(torrent_id, TorrentEvent.FINISHED)


def test_a_torrent_file_becomes_a_wish() -> None:
    data = torrent_file()
    row = row_of(services.add_metainfo(data))
    assert row.state == TorrentState.WANTED
    assert row.v1_hash == parse_metainfo(data).v1_hash
    assert row.v2_hash is None
    assert bytes(row.metainfo or b"") == data
    assert (row.name, row.bytes_total, row.trackers) == ("film.mkv", 40_000, ["http://a.example/announce"])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"junk", Invalid, id="junk"),
        pytest.param(torrent_file("film.rar"), Invalid, id="archive"),
        pytest.param(b"x" * ((1 << 20) + 1), TooLarge, id="too large"),
    ],
)
def test_a_bad_torrent_file_leaves_no_row(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        services.add_metainfo(data)
    assert not Torrent.objects.exists()


def test_a_bad_magnet_leaves_no_row() -> None:
    with pytest.raises(Invalid):
        services.add_magnet("magnet:?xt=urn:btih:zz")
    assert not Torrent.objects.exists()


def test_the_same_torrent_file_joins_the_running_download() -> None:
    first = services.add_metainfo(torrent_file())
    assert services.add_metainfo(torrent_file()) == first
    assert row_of(first).wish_version == 1


def test_new_trackers_of_a_second_source_are_added() -> None:
    first = services.add_metainfo(torrent_file())
    services.add_metainfo(torrent_file(trackers=["http://b.example/announce"]))
    row = row_of(first)
    assert row.trackers == ["http://a.example/announce", "http://b.example/announce"]
    assert row.wish_version == 2


def test_a_torrent_file_describes_the_magnet_that_waits_for_its_description() -> None:
    data = torrent_file()
    first = services.add_magnet(f"magnet:?xt=urn:btih:{parse_metainfo(data).v1_hash}")
    assert services.add_metainfo(data) == first
    row = row_of(first)
    assert bytes(row.metainfo or b"") == data
    assert (row.name, row.wish_version) == ("film.mkv", 2)


def test_a_magnet_joins_by_either_hash_of_a_hybrid() -> None:
    both = services.add_magnet(f"{MAGNET}&xt=urn:btmh:1220{'ab' * 32}")
    assert services.add_magnet(MAGNET) == both
    assert services.add_magnet(f"magnet:?xt=urn:btmh:1220{'ab' * 32}") == both


def test_joining_a_failed_torrent_wakes_it() -> None:
    first = services.add_magnet(MAGNET)
    records.move(first, TorrentEvent.FAILED, reason="No peer.")
    assert services.add_magnet(MAGNET) == first
    assert row_of(first).state == TorrentState.WANTED


def test_a_removed_torrent_is_asked_for_anew_under_a_new_id() -> None:
    first = services.add_magnet(MAGNET)
    services.remove(first)
    second = services.add_magnet(MAGNET)
    assert second != first
    assert selectors.awaiting_deletion() == [first]
    records.record_files_deleted(first)
    assert selectors.awaiting_deletion() == []


def test_two_who_ask_in_the_same_moment_get_the_same_torrent() -> None:
    winner = services.add_metainfo(torrent_file())
    none = Torrent.objects.none()
    real = Torrent.objects.living()
    with mock.patch.object(type(Torrent.objects), "living", side_effect=[none, real]):
        assert services.add_metainfo(torrent_file()) == winner
    assert Torrent.objects.count() == 1


def test_removing_twice_is_removing_once_and_an_unknown_torrent_is_not_found() -> None:
    torrent_id = services.add_magnet(MAGNET)
    services.remove(torrent_id)
    version = row_of(torrent_id).version
    services.remove(torrent_id)
    assert row_of(torrent_id).version == version
    for act in (services.remove, services.retry, selectors.status):
        with pytest.raises(NotFound):
            act(uuid4())


def test_a_retry_opens_a_failed_torrent_anew_and_leaves_a_running_one_alone() -> None:
    torrent_id = services.add_magnet(MAGNET)
    services.retry(torrent_id)
    assert row_of(torrent_id).wish_version == 1
    records.move(torrent_id, TorrentEvent.FAILED, reason="No peer.")
    assert selectors.status(torrent_id).reason == "No peer."
    services.retry(torrent_id)
    row = row_of(torrent_id)
    assert (row.state, row.reason, row.wish_version) == (TorrentState.WANTED, "", 2)


@pytest.mark.parametrize(("host", "port"), [("10.0.0.1", 7000), ("localhost", 7000), ("127.0.0.1", 80)])
def test_only_an_unprivileged_port_of_this_machine_can_be_suggested(host: str, port: int) -> None:
    torrent_id = services.add_magnet(MAGNET)
    with pytest.raises(Invalid):
        services.suggest_peer(torrent_id, host, port)
    assert row_of(torrent_id).local_peer_port is None


def test_a_suggested_peer_is_part_of_the_wish() -> None:
    torrent_id = services.add_metainfo(torrent_file())
    services.suggest_peer(torrent_id, "127.0.0.1", 7001)
    wish = selectors.wish(torrent_id)
    assert (wish.local_peer_port, wish.version) == (7001, 2)


def test_every_move_is_told_once_and_after_commit(django_capture_on_commit_callbacks: OnCommit) -> None:
    torrent_id = services.add_metainfo(torrent_file())
    with mock.patch("apps.common.jobs._send") as send:
        with django_capture_on_commit_callbacks(execute=True):
            assert records.move(torrent_id, TorrentEvent.DOWNLOAD_STARTED) is TorrentState.DOWNLOADING
            assert send.call_count == 0
        assert changed_jobs(send) == [str(torrent_id)]
        with django_capture_on_commit_callbacks(execute=True):
            assert records.move(torrent_id, TorrentEvent.DOWNLOAD_STARTED) is None
        assert changed_jobs(send) == [str(torrent_id)]


def test_a_stale_view_cannot_move_a_torrent_twice() -> None:
    torrent_id = services.add_metainfo(torrent_file())
    records.move(torrent_id, TorrentEvent.DOWNLOAD_STARTED)
    assert not records._update_if(torrent_id, TorrentState.WANTED, 1, {"state": TorrentState.ERROR})
    assert row_of(torrent_id).state == TorrentState.DOWNLOADING


def test_progress_shows_in_the_status_and_is_told(django_capture_on_commit_callbacks: OnCommit) -> None:
    torrent_id = services.add_metainfo(torrent_file())
    records.move(torrent_id, TorrentEvent.DOWNLOAD_STARTED)
    seen = Observation(
        torrent_id, Phase.DOWNLOADING, bytes_done=10_000, bytes_wanted=40_000, bytes_per_s=5_000, peers=3
    )
    with mock.patch("apps.common.jobs._send") as send, django_capture_on_commit_callbacks(execute=True):
        records.record_progress(seen, TorrentState.DOWNLOADING, "")
        records.record_progress(seen, TorrentState.STALLED, "stale view")
    assert changed_jobs(send) == [str(torrent_id)]
    status = selectors.status(torrent_id)
    assert (status.progress, status.bps, status.eta_s, status.peers, status.reason) == (0.25, 5_000, 6.0, 3, None)
    assert status.video_path is None


def test_a_whole_film_has_a_path_named_by_ids_until_its_torrent_is_removed(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    torrent_id = services.add_metainfo(torrent_file())
    finish(torrent_id)
    status = selectors.status(torrent_id)
    assert status.state is TorrentState.COMPLETE
    assert status.video_path == tmp_path / "torrents" / str(torrent_id) / "0.mkv"
    assert (status.progress, status.eta_s, status.bps) == (1.0, None, 0)
    services.remove(torrent_id)
    assert selectors.status(torrent_id).video_path is None


def test_the_session_holds_what_is_working_or_shared_and_nothing_else() -> None:
    torrent_id = services.add_metainfo(torrent_file())
    assert torrent_id in selectors.tracked()
    finish(torrent_id)
    assert torrent_id in selectors.tracked()
    records.move(torrent_id, TorrentEvent.SHARING_STARTED)
    assert torrent_id in selectors.tracked()
    records.move(torrent_id, TorrentEvent.SHARING_ENDED)
    assert row_of(torrent_id).state == TorrentState.COMPLETE
    assert torrent_id not in selectors.tracked()

    failed = services.add_magnet(MAGNET)
    records.move(failed, TorrentEvent.FAILED, reason="x")
    assert failed not in selectors.tracked()


def test_resume_data_of_a_removed_torrent_is_not_kept() -> None:
    torrent_id = services.add_metainfo(torrent_file())
    records.record_resume_data(torrent_id, b"resume")
    assert selectors.wish(torrent_id).resume == b"resume"
    services.remove(torrent_id)
    records.record_files_deleted(torrent_id)
    records.record_resume_data(torrent_id, b"late")
    assert row_of(torrent_id).resume_data is None


def test_our_own_file_becomes_a_torrent_that_we_accept(tmp_path: Path) -> None:
    path = tmp_path / "demo.mp4"
    path.write_bytes(b"film" * 50_000)
    data = services.make_torrent(path, ["http://127.0.0.1:9/announce"])
    assert row_of(services.add_metainfo(data)).bytes_total == 200_000
    path.write_bytes(b"")
    with pytest.raises(Invalid):
        services.make_torrent(path, [])


def test_a_torrent_with_sizes_at_the_limit_fits_the_database() -> None:
    info = {
        b"meta version": 2,
        b"name": b"Huge",
        b"piece length": 1 << 20,
        b"file tree": {b"%d.mkv" % at: {b"": {b"length": 1 << 46}} for at in range(2_000)},
    }
    row = row_of(services.add_metainfo(encode({b"info": info})))
    assert row.bytes_total == 2_000 << 46
    assert connection.is_usable()
