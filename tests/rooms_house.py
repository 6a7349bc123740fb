"""Two web processes over a Postgres and a Valkey of their own, each of which may be killed, frozen or emptied."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from django.core.management import call_command
from django.db import connection, connections

from project import embedded
from tests.product import family_of
from tests.rooms_servers import ROOT, Server, free_port, running

FAULTS = re.compile(r"background\.failed|Traceback|Unhandled|code=1011")


@dataclass
class Pair:
    """The bundled servers, as one process and its family; they end with the pipe that it holds."""

    folder: Path
    keeper: "subprocess.Popen[str]"

    @property
    def database_url(self) -> str:
        return embedded.settings_from({}, self.folder)["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        return embedded.settings_from({}, self.folder)["REDIS_URL"]

    def pids(self, name: str) -> list[int]:
        """The processes of ``postgres`` or ``valkey``, the first ones before what they started."""
        # One that is about to end has no command any more.
        return [pid for pid, line in sorted(family_of(self.keeper.pid).items()) if f"/{name}" in line.partition(" ")[0]]

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        family = set()
        for pid in self.pids(name):
            family |= set(family_of(pid))
        assert family, f"there is no {name}"
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in sorted(family):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            if number == signal.SIGSTOP:
                yield

    def flush(self) -> None:
        redis.Redis.from_url(self.redis_url).flushall()


@contextmanager
def open_pair(folder: Path) -> Iterator[Pair]:
    keeper = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/embedded_pair.py"), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        assert keeper.stdout.readline().strip() == "ready"
        yield Pair(folder, keeper)
    finally:
        keeper.stdin.close()
        keeper.wait(30)


@contextmanager
def looking_into(pair: Pair) -> Iterator[None]:
    """This process's rows are those of the pair for a while."""
    usual: dict[str, Any] = dict(connection.settings_dict)
    own = {"NAME": embedded.DATABASE, "USER": embedded.DATABASE, "PASSWORD": "", "PORT": ""}
    connections.close_all()
    connection.settings_dict.update(own | {"HOST": str(embedded.socket_dir(pair.folder))})
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict.update(usual)


def migrate() -> None:
    call_command("migrate", verbosity=0)


@dataclass
class House:
    pair: Pair
    folder: Path
    webs: list[Server] = field(default_factory=list)

    def build(self) -> Server:
        """A web process of its own, whose log is kept."""
        port = free_port()
        command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
        rules = ["--websocket_timeout", "-1", "--ping-interval", "20", "--ping-timeout", "30"]
        env = {
            "DATABASE_URL": self.pair.database_url,
            "REDIS_URL": self.pair.redis_url,
            "SITE_URL": f"http://localhost:{port}",
        }
        log = self.folder / f"web-{len(self.webs)}.log"
        self.webs.append(Server([*command, *rules, "project.asgi:application"], port, env, log))
        return self.webs[-1]

    def faults(self) -> list[str]:
        """Lines of the webs' logs that tell of a fault of ours."""
        lines = [line for web in self.webs if web.log for line in web.log.read_text(errors="replace").splitlines()]
        return [line for line in lines if FAULTS.search(line)]


def rss_mib(web: Server) -> float:
    assert web.process is not None
    status = Path(f"/proc/{web.process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


@contextmanager
def open_house(pair: Pair, folder: Path) -> Iterator[House]:
    """With two webs."""
    house = House(pair, folder)
    with running(house.build(), house.build()):
        yield house
