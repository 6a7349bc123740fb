"""Real web processes over a Redis of their own, for tests that kill things."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from project.embedded import valkey_server

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(what: str, check: Callable[[], bool], limit_s: float = START_LIMIT_S) -> None:
    deadline = time.monotonic() + limit_s
    while not check():
        assert time.monotonic() < deadline, f"still waiting for: {what}"
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Server:
    """One process that listens on ``port`` and can be killed and started again there."""

    command: list[str]
    port: int
    env: dict[str, str] = field(default_factory=dict)
    log: Path | None = None
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") if self.log else nullcontext() as log:
            self.process = subprocess.Popen(
                self.command,
                env=os.environ | self.env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(f"port {self.port} of {self.command[0]}", lambda: listens(self.port))

    def send(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End the process and what it started: it leads a session of its own."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.send(signal.SIGTERM)
        code = self.process.wait(15) if self.process is not None else 0
        self.process = None
        return code


def redis_server() -> Server:
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"]
    return Server([str(valkey_server()), *options], port)


def web_server(redis: Server) -> Server:
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "--websocket_timeout", "-1"]
    env = {
        "DATABASE_URL": test_database_url(),
        "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        "SITE_URL": f"http://localhost:{port}",
    }
    return Server([*command, "project.asgi:application"], port, env)


def test_database_url() -> str:
    """Where this test's rows are."""
    found = connection.settings_dict
    host, is_socket = found["HOST"], str(found["HOST"]).startswith("/")
    at = "" if is_socket else f"{host}:{found['PORT'] or 5432}"
    who = f"{quote(found['USER'])}@" if found["USER"] else ""
    return f"postgresql://{who}{at}/{found['NAME']}" + (f"?host={quote(host)}" if is_socket else "")


test_database_url.__test__ = False


@contextmanager
def running(*servers: Server) -> Iterator[tuple[Server, ...]]:
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in reversed(servers):
            server.kill()
