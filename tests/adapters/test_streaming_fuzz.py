"""Hostile and broken files through real workers: each ends watchable or with a reason, soon, and leaves no trace."""

import os
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from uuid import UUID

import pytest
from canaries import Canaries, canaries
from media_crafted import crafted
from media_mutations import mutated, seed_film
from rooms_servers import test_database_url, wait_until

from apps.catalog.services import create_manual_title
from apps.streaming import selectors, services
from apps.streaming.adapters import store
from apps.streaming.models import WorkUnit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
WORKERS = min(4, os.cpu_count() or 2)
LIMIT_S = 120  # for one file, from the first look at it to its end
REASON_MIN = 15  # letters; shorter is no sentence
GATE_MUTATIONS = range(40)
SOAK_MUTATIONS = range(1_000)
WORKER = """
import sys, time, django; django.setup()
from uuid import UUID
from datetime import timedelta
from apps.streaming import services
from apps.streaming.services import leases
leases.RETRY_WAIT = timedelta(0)
for line in sys.stdin:
    began = time.monotonic()
    while services.run_next_unit(asset_id=UUID(line.strip())):
        pass
    sys.stderr.write("DONE %.3f\\n" % (time.monotonic() - began))
    sys.stderr.flush()
"""


class Worker:
    """A worker process in an empty folder of its own, which does one film at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        env = os.environ | {"DATABASE_URL": test_database_url(), "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER], cwd=folder, env=env, bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def finish(self, asset_id: UUID) -> tuple[float | None, str]:
        """How long it took, s, and what was said meanwhile; no time when the worker hung or died."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.write(f"{asset_id}\n".encode())
        until, said = time.monotonic() + LIMIT_S, b""
        while time.monotonic() < until:
            if not select.select([self.process.stderr], [], [], 1)[0]:
                continue
            data = os.read(self.process.stderr.fileno(), 65_536)
            said += data
            if not data:
                break
            if b"DONE " in said and said.endswith(b"\n"):
                return float(said.rsplit(b"DONE ", 1)[1]), said.decode(errors="replace")
        self.end()
        return None, said.decode(errors="replace")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe is not None:
                pipe.close()


@dataclass(frozen=True)
class Ended:
    name: str
    state: str
    reason: str
    took_s: float | None
    said: str


def run_all(films: dict[str, Path], folder: Path) -> list[Ended]:
    """Every film through one of the workers."""
    waiting: SimpleQueue[tuple[str, UUID]] = SimpleQueue()
    for name, path in films.items():
        title = create_manual_title(name="Fuzz")
        waiting.put((name, services.create_asset(title_id=title.pk, source=path)))
    done: list[tuple[str, UUID, float | None, str]] = []

    def work(number: int) -> None:
        worker, lives = Worker(folder / f"worker-{number}"), 0
        while True:
            try:
                name, asset_id = waiting.get_nowait()
            except Empty:
                break
            took_s, said = worker.finish(asset_id)
            done.append((name, asset_id, took_s, said))
            if took_s is None:
                lives += 1
                worker = Worker(folder / f"worker-{number}-{lives}")
        worker.end()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    return [_ended(*row) for row in done]


def _ended(name: str, asset_id: UUID, took_s: float | None, said: str) -> Ended:
    status = selectors.asset_status(asset_id)
    if status.state == "failed":
        assert not store.asset_folder(asset_id).exists(), f"{name} left something behind"
    return Ended(name, status.state, status.reason or "", took_s, said)


def faults(ended: list[Ended]) -> list[str]:
    """One line for each file that did not end as it should."""
    found = []
    for film in ended:
        is_told = film.reason.endswith((".", ")")) and len(film.reason) >= REASON_MIN and film.reason[0].isupper()
        is_good = film.state == "complete" or (film.state == "failed" and is_told)
        if not is_good or film.took_s is None or "Traceback" in film.said:
            found.append(f"{film.name!r}: {film.state}, {film.reason!r}, {film.took_s} s\n{film.said[-1500:]}")
    return found


def report(what: str, ended: list[Ended], birds: Canaries, began: float) -> None:
    """The figures, for whoever runs with -s."""
    slowest = max(ended, key=lambda film: film.took_s or LIMIT_S)
    print(f"\n{what}: {len(ended)} files, {dict(Counter(film.state for film in ended))}, "
          f"slowest {slowest.took_s} s ({slowest.name!r}), visits {len(birds.visits)}, "
          f"{time.monotonic() - began:.0f} s in all")  # fmt: skip
    for reason, count in Counter(film.reason for film in ended if film.state == "failed").most_common():
        print(f"  {count:4} {reason}")


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def birds(tmp_path: Path) -> Iterator[Canaries]:
    store.discard(store.root())
    with canaries(tmp_path, seed_film(".mp4")) as found:
        yield found
    assert found.visits == [], "something in a file was followed"


def test_the_canaries_notice_who_comes(tmp_path):
    with canaries(tmp_path, b"film") as found:
        socket.create_connection(("127.0.0.1", found.tcp_port)).close()
        with socket.socket(type=socket.SOCK_DGRAM) as out:
            out.sendto(b"hello", ("127.0.0.1", found.udp_port))
        found.secret.read_bytes()
        list(found.secret.parent.iterdir())
        wait_until("both listeners to see it", lambda: len(found.visits) == 2)
    assert sorted(found.visits) == ["tcp: b''", "the secret film was opened", "udp: b'hello'"]


def check(what: str, films: dict[str, Path], tmp_path: Path, birds: Canaries) -> list[Ended]:
    began, before = time.monotonic(), files_in(tmp_path)
    ended = run_all(films, tmp_path)
    report(what, ended, birds, began)
    assert not (bad := faults(ended)), "\n".join(bad)
    assert len(ended) == len(films)
    appeared = {name for name in files_in(tmp_path) - before if not name.startswith("worker-") or "/" in name}
    assert appeared == set(), "a film wrote beside its folder"
    assert [path for path in store.root().rglob("*") if path.is_symlink()] == []
    assert store.work_folders() == []
    assert not WorkUnit.objects.filter(state__in=["pending", "leased"]).exclude(kind="video").exists()
    return ended


def test_crafted_files_end_and_reach_for_nothing(tmp_path, birds):
    folder = tmp_path / "films"
    folder.mkdir()
    films = {}
    for name, data in crafted(birds):
        films[name] = folder / name
        films[name].write_bytes(data)
    films["long and empty.mp4"] = folder / "long and empty.mp4"
    with films["long and empty.mp4"].open("wb") as hole:
        hole.truncate(20 * 1024**3)
    os.mkfifo(folder / "pipe.mp4")
    (folder / "device.mp4").symlink_to("/dev/zero")
    (folder / "folder.mp4").mkdir()
    films |= {name: folder / name for name in ("pipe.mp4", "device.mp4", "folder.mp4")}
    ended = {film.name: film for film in check("crafted", films, tmp_path, birds)}
    whole = [name for name in ended if ended[name].state == "complete"]
    assert {"-i.mp4", "a\nb.mp4", "film%03d.mp4", "x'; touch owned; '.mp4", "attachment.mkv"} <= set(whole)
    growing = ("gap of hours.mkv", "gap of hours, hidden.mkv", "16k by 8k.avi", "100 tracks.mkv", "8 by 8.mp4")
    assert {ended[name].state for name in growing} == {"failed"}


def check_mutations(numbers: range, tmp_path: Path, birds: Canaries) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    films = {}
    for number in numbers:
        name, data = mutated(number)
        films[name] = folder / name
        films[name].write_bytes(data)
    check(f"{len(numbers)} mutated", films, tmp_path, birds)


def test_mutated_films_end(tmp_path, birds):
    check_mutations(GATE_MUTATIONS, tmp_path, birds)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_thousand_mutated_films_end(tmp_path, birds):
    check_mutations(SOAK_MUTATIONS, tmp_path, birds)
