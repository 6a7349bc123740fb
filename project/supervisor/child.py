"""One supervised process: how to start it, when it is ready, and how long to wait before starting it again.

Every child leads a session of its own, so that its whole tree can be signalled, and dies with the supervisor.
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from project.supervisor.plan import is_linux
from project.supervisor.watchdog import is_alive, signal_group

PR_SET_PDEATHSIG = 1
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 30.0  # a run this long makes the next pause the shortest again
LOG_LIMIT_BYTES = 10_000_000


def log_says(words: str) -> Callable[["Child"], bool]:
    """Ready when the child's log has ``words`` since its last start."""
    wanted = words.encode()

    def check(child: "Child") -> bool:
        with child.log.open("rb") as log:
            log.seek(child.log_start)
            return wanted in log.read()

    return check


@dataclass
class Child:
    """``order`` 0 stops first; 1 (the servers) stops when all of order 0 are gone. ``once``: not started again."""

    name: str
    title: str
    command: list[str]
    env: dict[str, str]
    log: Path
    is_ready: Callable[["Child"], bool]
    order: int = 0
    polite_signal: int = signal.SIGTERM
    run_as: dict[str, object] = field(default_factory=dict)
    cwd: str = "/"
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    ready_after_s: float | None = None
    pause_s: float = FIRST_PAUSE_S
    retry_at: float = 0.0
    log_start: int = 0

    def start(self) -> None:
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        self.started_at = time.monotonic()
        self.ready_after_s = None
        with self.log.open("ab") as log:
            self.process = _spawn(self, log)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def note_death(self) -> int:
        """Sweep what is left of the process group and plan the next start. Gives the exit code."""
        process = self.process
        if process is None:
            return 0
        signal_group(process.pid, signal.SIGKILL)
        if time.monotonic() - self.started_at > HEALTHY_AFTER_S:
            self.pause_s = FIRST_PAUSE_S
        self.retry_at = time.monotonic() + self.pause_s
        self.pause_s = min(self.pause_s * 2, LONGEST_PAUSE_S)
        self.process = None
        return process.returncode

    def ask_to_stop(self) -> None:
        if self.process is not None and self.is_running:
            self.process.send_signal(self.polite_signal)

    def end(self, deadline: float) -> None:
        """Wait for the process until ``deadline`` (monotonic), then kill its whole group."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        signal_group(self.process.pid, signal.SIGKILL)
        while is_alive(self.process.pid) and time.monotonic() < deadline + 2:
            time.sleep(0.02)
        self.process = None

    def tail(self, lines: int = 12) -> str:
        with self.log.open("rb") as log:
            log.seek(max(self.log_start, log.seek(0, os.SEEK_END) - 8_192))
            return "\n".join(f"    {line}" for line in log.read().decode(errors="replace").splitlines()[-lines:])

    def trim_log(self) -> None:
        """Keep one older log. The child appends, so cutting the file under it is safe."""
        if not self.log.exists() or self.log.stat().st_size < LOG_LIMIT_BYTES:
            return
        older = self.log.with_suffix(".log.1")
        try:
            older.write_bytes(self.log.read_bytes())
        except OSError:  # the disk is full: what matters is the space
            older.unlink(missing_ok=True)
        os.truncate(self.log, 0)
        self.log_start = 0


def _spawn(child: Child, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        child.command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=child.cwd,
        env=child.env,
        start_new_session=True,
        preexec_fn=lambda: _die_with_parent(child.polite_signal),  # noqa: PLW1509 - this process has one thread
        **child.run_as,
    )


_libc = ctypes.CDLL(None) if is_linux() else None


def follow_make() -> None:
    """Under `make run`, end when make is killed. Only then: started from a shell, it may outlive the shell."""
    parent = Path(f"/proc/{os.getppid()}/comm")
    if is_linux() and parent.read_text().strip() in {"make", "gmake"}:
        _die_with_parent(signal.SIGTERM)


def _die_with_parent(number: int) -> None:
    """Must follow a change of user, which would reset it."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
