"""The servers that `make bench-fanout` compares, each on core 0, with the rooms and viewers that it needs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from project.supervisor.frontend import find_node
from tests.bench.fanout_dialects import SPEAKS, Dialect, OverWebSocket, Seat, Syncplay
from tests.bench.fanout_load import Crowd, crowd
from tests.bench.streaming_box import Box, Child
from tests.rooms_servers import Server, free_port, running

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER_CORE, LOAD_CORE = 0, 1
OPEN_FILES = 16_384
FIRST_RATE, FIRST_RATE_OF_SMALL = 20_000, 2_000
TICKETS_AT_ONCE = 100  # they are good for 30 s
PINNED = f"""
import os, resource, sys
os.sched_setaffinity(0, {{{SERVER_CORE}}})
resource.setrlimit(resource.RLIMIT_NOFILE, ({OPEN_FILES}, {OPEN_FILES}))
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.dup2(log, 1), os.dup2(log, 2)
os.execvp(sys.argv[2], sys.argv[2:])
"""
DAPHNE = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "--websocket_timeout", "-1"]


@dataclass(frozen=True)
class Layout:
    rooms: int
    size: int

    @property
    def name(self) -> str:
        return f"{self.rooms:,} room{'s' if self.rooms > 1 else ''} of {self.size:,}"


@dataclass(frozen=True)
class Contestant:
    """``gather`` starts the server and seats everybody. ``echoes``: who speaks hears it too."""

    name: str
    gather: Callable[[Layout], "Gathering"]
    speed: float = 1.0
    echoes: bool = False

    def first_rate(self, layout: Layout) -> float:
        """Deliveries per second of the first step; a slow server starts at a part of it, its ``speed``."""
        return self.speed * (FIRST_RATE if layout.size >= 100 else FIRST_RATE_OF_SMALL)

    def per_broadcast(self, layout: Layout) -> int:
        return layout.size if self.echoes else layout.size - 1


@dataclass
class Gathering:
    """One server with its viewers. ``batches``: who comes in at once."""

    server: Server
    dialect: Dialect
    batches: Iterator[list[Seat]]

    @contextmanager
    def opened(self) -> Iterator[Crowd]:
        with running(self.server):
            assert self.server.process is not None
            with crowd(self.dialect, self.server.port, self.server.process.pid) as found:
                yield found


def on_core(command: list[str], folder: Path) -> list[str]:
    return [sys.executable, "-c", PINNED, str(folder / "servers.log"), *command]


def seats_of(layout: Layout) -> list[Seat]:
    """Of servers that let in everybody. Names are as long as the product's ids."""
    return [
        Seat(f"r{room}", str(UUID(int=room * layout.size + place)).encode(), turn=place * layout.rooms + room)
        for room in range(layout.rooms)
        for place in range(layout.size)
    ]


def box_office(box: Box) -> Child:
    """Makes rooms and people and hands out tickets."""
    return Child(box.env, box.folder / "children.log", module="tests.bench.fanout_child")


# --- the product -----------------------------------------------------------------------------------------------
class Matinee:
    """Real rooms, people, tickets and ``hello``; a broadcast is a ``typing`` frame, which waits for no database."""

    def __init__(self, box: Box, child: Child, application: str = "tests.bench.fanout_unlimited:application") -> None:
        self.box, self.child, self.application = box, child, application

    def gather(self, layout: Layout) -> Gathering:
        port = free_port()
        host = f"127.0.0.1:{port}"
        command = [*DAPHNE, "-p", str(port), "--ping-interval", "20", "--ping-timeout", "30", self.application]
        server = Server(on_core(command, self.box.folder), port, {**self.box.env, "SITE_URL": f"http://{host}"})
        dialect = OverWebSocket(
            host,
            path=lambda seat: f"/ws/rooms/{seat.room}",
            say=lambda _: '{"t":"typing"}',
            protocols=lambda seat: f"matinee.v1, ticket.{seat.ticket}",
            hello=lambda seat: f'{{"t":"hello","v":1,"room":"{seat.room}","vis":true}}',
        )
        return Gathering(server, dialect, self._batches(layout))

    def _batches(self, layout: Layout) -> Iterator[list[Seat]]:
        places = self.child.ask("seats", rooms=layout.rooms, size=layout.size)
        for first in range(0, len(places), TICKETS_AT_ONCE):
            batch = places[first : first + TICKETS_AT_ONCE]
            tickets = self.child.ask("tickets", rooms=[room for room, _ in batch], first=first)
            yield [
                Seat(room, name.encode(), (number % layout.size) * layout.rooms + number // layout.size, ticket)
                for number, ((room, name), ticket) in enumerate(zip(batch, tickets, strict=True), first)
            ]


# --- the others ------------------------------------------------------------------------------------------------
def stock(box: Box) -> Callable[[Layout], Gathering]:
    def gather(layout: Layout) -> Gathering:
        port = free_port()
        command = [*DAPHNE, "-p", str(port), "tests.bench.fanout_stock:application"]
        server = Server(on_core(command, box.folder), port, {"REDIS_URL": box.env["REDIS_URL"]})
        return Gathering(server, relay_dialect(port), iter([seats_of(layout)]))

    return gather


def node_ws(folder: Path) -> Callable[[Layout], Gathering]:
    """Installs the package into ``folder``. Raises SystemExit when npm cannot."""
    node = find_node()
    done = subprocess.run(
        [*node.npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), "ws@8"],
        env=node.env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"npm could not install ws:\n{done.stderr}")
    program = shutil.copy(ROOT / "tests/bench/fanout_ws.cjs", folder)
    binary = shutil.which("node", path=node.env["PATH"])
    assert binary is not None

    def gather(layout: Layout) -> Gathering:
        port = free_port()
        server = Server(on_core([binary, str(program), str(port)], folder), port)
        return Gathering(server, relay_dialect(port), iter([seats_of(layout)]))

    return gather


def syncplay(box: Box) -> Callable[[Layout], Gathering]:
    """Debian's package, on Debian's Python. Raises CalledProcessError where that cannot be installed."""
    subprocess.run(["sh", str(ROOT / ".ci/debian-package"), "syncplay-server", "syncplay-server"], check=True)
    program = shutil.which("syncplay-server", path=f"{os.environ['PATH']}:/usr/bin")
    assert program is not None

    def gather(layout: Layout) -> Gathering:
        port = free_port()
        command = [program, "--isolate-rooms", "--port", str(port)]
        return Gathering(Server(on_core(command, box.folder), port), Syncplay(), iter([seats_of(layout)]))

    return gather


def relay_dialect(port: int) -> OverWebSocket:
    return OverWebSocket(
        f"127.0.0.1:{port}", path=lambda seat: f"/{seat.room}", say=lambda seat: SPEAKS % seat.name.decode()
    )
