"""The whole product as its tests meet it: started by the README's command, spoken to over HTTP and sockets only."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import websockets

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"
COLD_START_LIMIT_S = 240
OWN_SETTINGS = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MEDIA_ROOT", "DJANGO_SETTINGS_MODULE"}
READY_LIMIT_S = 420
TEST_LIMIT_S = COLD_START_LIMIT_S + READY_LIMIT_S + 240  # of one test: the first also waits for the server and its film


@contextmanager
def open_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that the service user may enter too (pytest's own are closed to everybody but the caller)."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, check: Callable[[], Any], *, limit_s: float, every_s: float = 0.25) -> Any:
    """Poll ``check`` until it returns something true. Fails with ``what`` in the message when the limit passes."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if found := check():
                return found
        time.sleep(every_s)
    raise AssertionError(f"after {limit_s:.0f} s still waiting for: {what}")


@dataclass
class Product:
    """One supervised server on a free port with its own data directory."""

    data_dir: Path
    env: dict[str, str] = field(default_factory=dict)
    root: Path = ROOT
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log_file(self) -> Path:
        return self.data_dir.parent / f"{self.data_dir.name}.log"

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def start(self) -> None:
        """Run ``manage.py up`` and return once /readyz answers 200."""
        inherited = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
        env = inherited | {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "SITE_URL": self.url,
            "MATINEE_DEMO": "0",
            "MATINEE_ALLOW_LOOPBACK_PEERS": "1",
            "MEDIA_FLOOR_MB": "1",
            "MATINEE_ALLOW_PRIVATE_ADDRESSES": "1",
            "MATINEE_METADATA_TIMEOUT_S": "15",
        }
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=self.root,
                env=env | self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for("the server to be ready\n" + self.log[-3000:], self.is_ready, limit_s=COLD_START_LIMIT_S)

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the supervisor ended:\n{self.log[-5000:]}"
        return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200

    def stop(self) -> None:
        """Ctrl-C, as a person would; every process must be gone afterwards."""
        if self.process is None:
            return
        family = self.processes()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            raise
        self.process = None
        wait_for("every process to end", lambda: not [pid for pid in family if is_alive(pid)], limit_s=15)

    def processes(self) -> dict[int, str]:
        """Pids of the supervisor's whole family, with their command lines."""
        assert self.process is not None
        return family_of(self.process.pid)

    def pids(self, pattern: str) -> list[int]:
        return [pid for pid, command in self.processes().items() if re.search(pattern, command)]

    def kill(self, pattern: str) -> list[int]:
        """kill -9 every process of this server whose command line matches."""
        victims = self.pids(pattern)
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return victims

    def set_up_token(self) -> str:
        found = wait_for("the set-up link", lambda: re.findall(r"/setup/([\w\-.~]+)", self.log), limit_s=30)
        return str(found[-1])


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def family_of(root_pid: int) -> dict[int, str]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family = {root_pid}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    commands = {}
    for pid in family:
        with suppress(OSError):
            commands[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return commands


class Person:
    """Somebody who uses the server through its API, as the frontend does."""

    def __init__(self, product: Product, name: str) -> None:
        self.product = product
        self.name = name
        self.email = f"{name}.{uuid4().hex[:6]}@example.org"
        self.http = httpx.Client(base_url=f"{product.url}/api/v1", timeout=30)
        self.id = ""

    @classmethod
    def operator(cls, product: Product) -> "Person":
        """The first operator, by the set-up link that the supervisor printed."""
        person = cls(product, "olivia")
        body = {
            "token": product.set_up_token(),
            "email": person.email,
            "name": "Olivia",
            "password": PASSWORD,
        }
        person._enter(person.post("auth/setup", body))
        return person

    @classmethod
    def member(cls, product: Product, name: str, operator: "Person") -> "Person":
        """Registers, verifies by the link in the operator's outbox, signs in."""
        person = cls(product, name)
        person.register()
        person.post("auth/verify-email", {"token": operator.verification_token(person.email)})
        person.sign_in()
        return person

    def register(self) -> None:
        self.post("auth/register", {"email": self.email, "name": self.name.title(), "password": PASSWORD})

    def sign_in(self) -> None:
        self._enter(self.post("auth/login", {"email": self.email, "password": PASSWORD}))

    def verification_token(self, email: str) -> str:
        def find() -> str | None:
            for mail in self.mails(email):
                if found := re.search(r"/verify\?token=([\w\-.~]+)", mail["text"]):
                    return found[1]
            return None

        return wait_for(f"the verification mail of {email}", find, limit_s=30)

    def mails(self, email: str) -> list[dict[str, Any]]:
        """What the outbox page shows the operator for one address, newest first."""
        found = self.get("outbox")
        rows = found["results"] if isinstance(found, dict) else found
        return [mail for mail in rows if mail["to"] == email]

    def get(self, path: str, **params: Any) -> Any:
        return self._answer(lambda: self.http.get(path, params=params))

    def post(self, path: str, body: dict[str, Any] | None = None, **files: Any) -> Any:
        if files:
            return self._answer(lambda: self.http.post(path, data=body, files=files))
        return self._answer(lambda: self.http.post(path, json=body or {}))

    def socket(self, path: str, *, purpose: str, room: str | None = None) -> "websockets.connect":
        ticket = self.post("ws/ticket", {"purpose": purpose} | ({"room": room} if room else {}))["ticket"]
        return websockets.connect(
            f"ws://localhost:{self.product.port}{path}",
            subprotocols=["matinee.v1", f"ticket.{ticket}"],
            origin=self.product.url,
            max_size=4_000_000,
            proxy=None,
        )

    def _answer(self, send: Callable[[], httpx.Response]) -> Any:
        answer = send()
        if answer.status_code == 401 and self.id:
            self._enter(self.http.post("auth/refresh", headers={"Origin": self.product.url}).raise_for_status().json())
            answer = send()
        assert answer.is_success, (
            f"{answer.request.method} {answer.request.url} -> {answer.status_code} {answer.text[:500]}"
        )
        return answer.json() if answer.content else None

    def _enter(self, session: dict[str, Any]) -> None:
        self.http.headers["Authorization"] = f"Bearer {session['access']}"
        self.id = session["user"]["id"]


def run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """asyncio.run in a thread of its own: Playwright's sync API keeps a loop running in the test's thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def frames_until(
    connection: Any, is_last: Callable[[dict[str, Any]], bool], *, limit_s: float
) -> list[dict[str, Any]]:
    """Collect frames from an open socket up to and including the one that ``is_last`` accepts."""
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(limit_s):
        while not frames or not is_last(frames[-1]):
            frames.append(json.loads(await connection.recv()))
    return frames
