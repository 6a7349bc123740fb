"""The real engine in real swarms on loopback: files byte for byte, hostile names, faults, filters."""

import hashlib
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import libtorrent as lt
import pytest

from apps.common.errors import Invalid
from apps.torrents.adapters.engine import Engine
from apps.torrents.domain.bencode import Value, encode
from apps.torrents.domain.health import Fault, Observation, Phase, Wish
from apps.torrents.domain.metainfo import parse_metainfo
from tests.swarm import Seeder, make_torrent, running_tracker, tracker

LIMIT_S = 40
MIB = 1 << 20
PIECE = 64 * 1024


@contextmanager
def running_engine(root: Path, *, allow_loopback: bool = True) -> Iterator[Engine]:
    engine = Engine(root, allow_loopback=allow_loopback)
    try:
        yield engine
    finally:
        engine.close(5)


def observe_until(
    engine: Engine, torrent_id: UUID, is_reached: Callable[[Observation], bool], *, limit_s: float = LIMIT_S
) -> Observation:
    deadline = time.monotonic() + limit_s
    seen: list[Observation] = []
    while time.monotonic() < deadline:
        engine.wait(0.1)
        seen = [one for one in engine.observe() if one.torrent_id == torrent_id]
        if seen and is_reached(seen[0]):
            return seen[0]
    raise AssertionError(f"not reached in {limit_s} s: {seen}")


def is_finished(seen: Observation) -> bool:
    return seen.phase is Phase.FINISHED


def wish_for(metainfo: bytes | None, **changes: object) -> Wish:
    trackers = parse_metainfo(metainfo).trackers if metainfo else ()
    fields: dict[str, object] = {
        "id": uuid4(),
        "version": 1,
        "magnet": "",
        "metainfo": metainfo,
        "trackers": trackers,
        "resume": None,
        "local_peer_port": None,
    }
    return Wish(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "seeded" / "A Film (2020).mkv"
    path.parent.mkdir()
    path.write_bytes(random.Random(7).randbytes(3 * MIB + 12_345))
    return path


def test_a_film_arrives_byte_for_byte_through_a_tracker(tmp_path: Path, film: Path) -> None:
    with tracker() as url, running_engine(tmp_path / "torrents") as engine:
        metainfo = make_torrent(film, [url])
        with Seeder(film, metainfo):
            wish = wish_for(metainfo)
            engine.add(wish)
            seen = observe_until(engine, wish.id, is_finished)
    assert seen.bytes_done == seen.bytes_wanted == film.stat().st_size
    assert seen.opened is not None
    assert (tmp_path / "torrents" / str(wish.id) / "0.mkv").read_bytes() == film.read_bytes()


def test_a_magnet_learns_its_files_from_a_peer_and_fetches_the_film(tmp_path: Path, film: Path) -> None:
    with tracker() as url, running_engine(tmp_path / "torrents") as engine:
        metainfo = make_torrent(film, [url])
        info_hash = parse_metainfo(metainfo).v1_hash
        with Seeder(film, metainfo):
            wish = wish_for(None, magnet=f"magnet:?xt=urn:btih:{info_hash}", trackers=(url,))
            engine.add(wish)
            seen = observe_until(engine, wish.id, is_finished)
    assert seen.opened is not None
    assert (seen.opened.name, seen.opened.file_name) == (film.name, "0.mkv")
    assert parse_metainfo(seen.opened.metainfo).v1_hash == info_hash
    assert (tmp_path / "torrents" / str(wish.id) / "0.mkv").read_bytes() == film.read_bytes()


def test_one_local_peer_is_reached_in_production_by_its_own_torrent_only(tmp_path: Path, film: Path) -> None:
    metainfo = make_torrent(film, [])
    other = film.with_name("other.mkv")
    other.write_bytes(random.Random(8).randbytes(MIB))
    with (
        Seeder(film, metainfo) as seeder,
        running_tracker() as watched,
        running_engine(tmp_path / "torrents", allow_loopback=False) as engine,
    ):
        local = wish_for(metainfo, local_peer_port=seeder.port, trackers=(watched.url,))
        public = wish_for(make_torrent(other, [watched.url]))
        engine.add(local)
        engine.add(public)
        observe_until(engine, local.id, is_finished)
        assert watched.announces == 0


@contextmanager
def listening() -> Iterator[tuple[socket.socket, int]]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0)
        yield server, server.getsockname()[1]


def was_called(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def contacted(root: Path, film: Path, *, allow_loopback: bool) -> tuple[bool, bool]:
    """Whether a tracker and a web seed on this machine were called within a few seconds."""
    with (
        listening() as (http_tracker, tracker_port),
        listening() as (web_seed, seed_port),
        running_engine(root, allow_loopback=allow_loopback) as engine,
    ):
        trackers = [f"http://127.0.0.1:{tracker_port}/announce", f"http://localhost:{tracker_port}/announce"]
        url = f"http://127.0.0.1:{seed_port}/film.mkv"
        described = make_torrent(film, trackers).removesuffix(b"e")
        engine.add(wish_for(described + b"8:url-list%d:%be" % (len(url), url.encode())))
        dead = f"magnet:?xt=urn:btih:{'ab' * 20}&ws={url}"
        engine.add(wish_for(None, magnet=dead, trackers=(trackers[0],)))
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            engine.wait(0.2)
        return was_called(http_tracker), was_called(web_seed)


def test_trackers_and_web_seeds_on_private_addresses_are_never_contacted(tmp_path: Path, film: Path) -> None:
    assert contacted(tmp_path / "open", film, allow_loopback=True) == (True, True)
    assert contacted(tmp_path / "closed", film, allow_loopback=False) == (False, False)


def torrent_of(files: list[tuple[list[bytes], bytes]], *, name: bytes = b"../../escape") -> bytes:
    """A version 1 .torrent of several files with the given path parts and contents."""
    run = b"".join(content for _, content in files)
    pieces = [hashlib.sha1(run[at : at + PIECE], usedforsecurity=False).digest() for at in range(0, len(run), PIECE)]
    listed: list[Value] = [{b"length": len(content), b"path": list(path)} for path, content in files]
    info: dict[bytes, Value] = {
        b"files": listed,
        b"name": name,
        b"piece length": PIECE,
        b"pieces": b"".join(pieces),
    }
    return encode({b"info": info})


def test_hostile_names_never_reach_the_disk_and_only_the_film_is_fetched(tmp_path: Path) -> None:
    film = random.Random(3).randbytes(11 * PIECE)
    junk = random.Random(4).randbytes(3 * PIECE)
    metainfo = torrent_of(
        [([b"..", b"..", b"evil.nfo"], junk), ([b"/etc", b"..", b"film\x00.mkv"], film), ([b"Sample", b"s.mkv"], junk)]
    )
    giving_root, root = tmp_path / "giving", tmp_path / "torrents"
    with tracker() as url, running_engine(giving_root) as giver, running_engine(root) as engine:
        giving, wish = (wish_for(metainfo, trackers=(url,)) for _ in range(2))
        (giving_root / str(giving.id)).mkdir()
        (giving_root / str(giving.id) / "1.mkv").write_bytes(film)
        giver.add(giving)
        observe_until(giver, giving.id, is_finished)
        engine.add(wish)
        observe_until(engine, wish.id, is_finished)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and giving_root not in path.parents]
    assert files == [root / str(wish.id) / "1.mkv"]
    assert files[0].read_bytes() == film


@pytest.mark.parametrize("kind", ["v2_only", "hybrid"])
def test_version_2_and_hybrid_torrents_are_fetched_and_resumed(tmp_path: Path, kind: str) -> None:
    share, root = tmp_path / "share", tmp_path / "torrents"
    source = tmp_path / "Film"
    source.mkdir()
    (source / "a.txt").write_bytes(b"x" * 1000)
    (source / "film.mkv").write_bytes(random.Random(9).randbytes(5 * MIB + 77))
    creator = lt.create_torrent(
        lt.list_files(str(source)), PIECE, lt.create_torrent.v2_only if kind == "v2_only" else 0
    )
    lt.set_piece_hashes(creator, str(tmp_path))
    metainfo = lt.bencode(creator.generate())
    found = parse_metainfo(metainfo)
    assert (found.v1_hash is None, found.v2_hash is None) == (kind == "v2_only", False)
    with tracker() as url, running_engine(share) as giver:
        giving, wish = (wish_for(metainfo, trackers=(url,)) for _ in range(2))
        giver.add(giving)
        name = giver.observe()[0].opened.file_name
        giver.drop(giving.id)
        (share / str(giving.id)).mkdir()
        shutil.copy(source / "film.mkv", share / str(giving.id) / name)
        giver.add(giving)
        observe_until(giver, giving.id, is_finished)
        first = Engine(root, allow_loopback=True)
        first.add(wish)
        observe_until(first, wish.id, lambda seen: seen.bytes_done > 0)
        resume = first.close(5)[wish.id]
        with running_engine(root) as engine:
            engine.add(wish_for(metainfo, id=wish.id, trackers=(url,), resume=resume))
            observe_until(engine, wish.id, is_finished)
    assert (root / str(wish.id) / name).read_bytes() == (source / "film.mkv").read_bytes()


def test_a_torrent_whose_only_files_are_unusable_is_refused(tmp_path: Path) -> None:
    with running_engine(tmp_path / "torrents") as engine:
        with pytest.raises(Invalid, match="archives"):
            engine.add(wish_for(torrent_of([([b"film.rar"], b"x" * 70_000)])))
        assert engine.observe() == []
    assert list((tmp_path / "torrents").iterdir()) == []


def test_a_film_in_a_torrent_called_extras_is_no_extra(tmp_path: Path) -> None:
    with running_engine(tmp_path / "torrents") as engine:
        engine.add(wish_for(torrent_of([([b"a.txt"], b"x"), ([b"film.mkv"], b"x" * PIECE)], name=b"Extras")))
        (seen,) = engine.observe()
    assert seen.opened is not None
    assert (seen.opened.name, seen.opened.file_name) == ("Extras", "1.mkv")


def test_bytes_that_libtorrent_refuses_are_refused_with_a_reason(tmp_path: Path) -> None:
    with (
        running_engine(tmp_path / "torrents") as engine,
        pytest.raises(Invalid, match="could not be opened"),
    ):
        engine.add(Wish(uuid4(), 1, "", b"d4:infod6:lengthi5eee", (), None, None))


def test_a_full_disk_is_told_and_the_download_goes_on_when_there_is_space(tmp_path: Path, film: Path) -> None:
    root = tmp_path / "torrents"
    with tracker() as url, running_engine(root) as engine:
        metainfo = make_torrent(film, [url])
        with Seeder(film, metainfo):
            wish = wish_for(metainfo)
            target = root / str(wish.id) / "0.mkv"
            target.parent.mkdir(parents=True)
            target.symlink_to("/dev/full")
            engine.add(wish)
            full = observe_until(engine, wish.id, lambda seen: seen.fault is Fault.DISK_FULL)
            assert "disk is full" in full.fault_reason
            target.unlink()
            seen = observe_until(engine, wish.id, is_finished)
            assert seen.fault is None
    assert target.read_bytes() == film.read_bytes()


def test_resume_data_and_unproven_pieces_spare_a_second_fetch(tmp_path: Path, film: Path) -> None:
    root = tmp_path / "torrents"
    with tracker() as url:
        metainfo = make_torrent(film, [url])
        with Seeder(film, metainfo, rate_bytes=MIB) as seeder:
            wish = wish_for(metainfo)
            first = Engine(root, allow_loopback=True)
            first.add(wish)
            observe_until(first, wish.id, lambda seen: seen.bytes_done > 0)
            stale = first.close(5)[wish.id]  # resume data from near the start
            second = Engine(root, allow_loopback=True)
            resumed = wish_for(metainfo, id=wish.id, resume=stale)
            second.add(resumed)
            observe_until(second, wish.id, lambda seen: seen.bytes_done > 2 * MIB)
            second.close(0)  # its own resume data is lost, as after kill -9
            third = Engine(root, allow_loopback=True)
            third.add(resumed)
            observe_until(third, wish.id, is_finished)
            third.close(5)
            in_flight = 6 * 64 * 1024
            assert seeder.uploaded_bytes() <= film.stat().st_size + 2 * in_flight
    assert (root / str(wish.id) / "0.mkv").read_bytes() == film.read_bytes()


def test_a_damaged_unproven_piece_is_fetched_again(tmp_path: Path, film: Path) -> None:
    root = tmp_path / "torrents"
    with tracker() as url:
        metainfo = make_torrent(film, [url])
        wish = wish_for(metainfo)
        with Seeder(film, metainfo, rate_bytes=MIB):
            first = Engine(root, allow_loopback=True)
            first.add(wish)
            observe_until(first, wish.id, lambda seen: seen.bytes_done > 0)
            resume = first.close(5)[wish.id]
        path = root / str(wish.id) / "0.mkv"
        content = bytearray(film.read_bytes())
        content[2 * MIB] ^= 0xFF
        path.write_bytes(content)
        with running_engine(root) as engine:
            engine.add(wish_for(metainfo, id=wish.id, resume=resume))
            before = observe_until(engine, wish.id, lambda seen: seen.bytes_done > 2 * MIB)
            assert before.phase is Phase.DOWNLOADING
            with Seeder(film, metainfo) as seeder:
                observe_until(engine, wish.id, is_finished)
                assert seeder.uploaded_bytes() <= 2 * 64 * 1024
    assert path.read_bytes() == film.read_bytes()


def test_a_dropped_torrent_writes_nothing_more(tmp_path: Path, film: Path) -> None:
    root = tmp_path / "torrents"
    with tracker() as url, running_engine(root) as engine:
        metainfo = make_torrent(film, [url])
        with Seeder(film, metainfo, rate_bytes=MIB):
            wish = wish_for(metainfo)
            engine.add(wish)
            observe_until(engine, wish.id, lambda seen: seen.bytes_done > 0)
            engine.drop(wish.id)
            path = root / str(wish.id) / "0.mkv"
            path.unlink()
            path.parent.rmdir()
            for _ in range(10):
                engine.wait(0.1)
            assert list(root.iterdir()) == []
            assert engine.observe() == []


def test_a_film_that_was_lost_from_the_disk_is_fetched_again(tmp_path: Path, film: Path) -> None:
    root = tmp_path / "torrents"
    with tracker() as url:
        metainfo = make_torrent(film, [url])
        with Seeder(film, metainfo):
            wish = wish_for(metainfo)
            first = Engine(root, allow_loopback=True)
            first.add(wish)
            observe_until(first, wish.id, is_finished)
            resume = first.close(5)[wish.id]
            path = root / str(wish.id) / "0.mkv"
            path.unlink()
            with running_engine(root) as engine:
                engine.add(wish_for(metainfo, id=wish.id, resume=resume))
                observe_until(engine, wish.id, lambda seen: is_finished(seen) and path.exists())
    assert path.read_bytes() == film.read_bytes()


def test_a_folder_that_cannot_be_written_fails_with_the_reason(tmp_path: Path, film: Path) -> None:
    root = tmp_path / "torrents"
    with tracker() as url, running_engine(root) as engine:
        metainfo = make_torrent(film, [url])
        with Seeder(film, metainfo):
            wish = wish_for(metainfo)
            (root / str(wish.id)).write_text("a file where the folder should be")
            engine.add(wish)
            seen = observe_until(engine, wish.id, lambda seen: seen.fault is Fault.FATAL)
    assert seen.fault_reason.startswith("The torrent stopped: ")


def test_a_held_torrent_is_described_and_fetches_nothing_until_it_is_let_go(tmp_path: Path, film: Path) -> None:
    root = tmp_path / "torrents"
    with tracker() as url, running_engine(root) as engine:
        metainfo = make_torrent(film, [url])
        with Seeder(film, metainfo) as seeder:
            held = wish_for(metainfo, is_held=True)
            engine.add(held)
            seen = observe_until(engine, held.id, lambda seen: seen.phase is Phase.HELD and seen.peers > 0)
            assert (seen.bytes_done, seen.bytes_wanted) == (0, film.stat().st_size)
            assert seeder.uploaded_bytes() == 0
            engine.drop(held.id)
            engine.add(wish_for(metainfo, id=held.id, version=2))
            observe_until(engine, held.id, is_finished)
    assert (root / str(held.id) / "0.mkv").read_bytes() == film.read_bytes()
