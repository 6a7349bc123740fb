"""All children of a run: starts them, restarts what dies, tells the watchdog, stops everything in order."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from project.supervisor import console, watchdog
from project.supervisor.child import Child

READY_LIMIT_S = 90.0
STOP_LIMIT_S = {0: 6.0, 1: 12.0}
TICK_S = 0.2


class Family:
    """Invariant: every process group that runs is known to the watchdog process."""

    def __init__(self, *, mark: str, lock_fd: int) -> None:
        self.children: list[Child] = []
        self.stop_requests = 0
        self._mark = mark
        self._lock_fd = lock_fd
        self._wake_read, self._wake_write = (
            os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
        )
        self._watchdog = self._start_watchdog()
        self._trimmed_at = time.monotonic()

    def handle_signals(self) -> None:
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, *_: object) -> None:
        self.stop_requests += 1

    # --- the watchdog ----------------------------------------------------------------------------------------
    def _start_watchdog(self) -> subprocess.Popen[bytes]:
        """It inherits the lock of DATA_DIR, so that a new run waits until the old one is cleaned up."""
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(watchdog.__file__)), self._mark],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(self._lock_fd,),
            cwd="/",
            env={"PATH": os.defpath},
        )

    def _tell(self, line: str) -> None:
        pipe = self._watchdog.stdin
        if pipe is None:
            return
        try:
            pipe.write(f"{line}\n".encode())
            pipe.flush()
        except BrokenPipeError:
            self._watchdog.wait()

    def _renew_watchdog(self) -> None:
        if self._watchdog.poll() is None:
            return
        self._watchdog = self._start_watchdog()
        for child in self.children:
            self._announce(child)

    def _announce(self, child: Child) -> None:
        if child.process is not None:
            self._tell(f"run {child.process.pid} {int(child.polite_signal)} {child.order}")

    # --- starting and healing --------------------------------------------------------------------------------
    def start(self, children: Iterable[Child]) -> None:
        for child in children:
            self.children.append(child)
            self._start_one(child)

    def _start_one(self, child: Child) -> None:
        child.start()
        self._announce(child)

    def wait_until_ready(self, names: set[str]) -> None:
        """Return when all of ``names`` are ready or a stop was asked for. Raises SystemExit past the limit."""
        deadline = time.monotonic() + READY_LIMIT_S
        while not self.stop_requests:
            self.tend()
            waiting = [child for child in self.children if child.name in names and child.ready_after_s is None]
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"matinee: {waiting[0].title} is not ready after {READY_LIMIT_S:.0f} s:\n{waiting[0].tail()}"
                )
            self.sleep(0.05)

    def tend(self) -> None:
        """One look at everybody: note deaths, start what is due, report who became ready."""
        now = time.monotonic()
        self._renew_watchdog()
        for child in self.children:
            if child.process is not None and not child.is_running:
                self._bury(child)
            elif child.process is None and not child.once and now >= child.retry_at:
                self._start_one(child)
            elif child.process is not None and child.ready_after_s is None and child.is_ready(child):
                child.ready_after_s = time.monotonic() - child.started_at
                console.step(child.title, child.ready_after_s)
        if now - self._trimmed_at > 60:
            self._trimmed_at = now
            for child in self.children:
                child.trim_log()

    def _bury(self, child: Child) -> None:
        pid = child.process.pid if child.process else 0
        code = child.note_death()
        self._tell(f"gone {pid}")
        if child.once and code == 0:
            child.ready_after_s = time.monotonic() - child.started_at
            console.step(child.title, child.ready_after_s)
            self.children.remove(child)
            return
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        if child.once:
            console.say(f"{child.title} ended with {how}; the next start tries again:\n{child.tail()}")
            self.children.remove(child)
            return
        again_s = max(0.0, child.retry_at - time.monotonic())
        console.say(f"{child.title} ended ({how}); starting it again in {again_s:.2g} s")
        if code > 0:
            console.say(child.tail())

    def sleep(self, seconds: float) -> None:
        """Sleep, but wake at once when a signal arrives."""
        ready, _, _ = select.select([self._wake_read], [], [], seconds)
        if ready:
            os.read(self._wake_read, 4096)

    def live(self) -> None:
        """Tend the children until somebody asks to stop."""
        while not self.stop_requests:
            self.tend()
            self.sleep(TICK_S)

    # --- the end ---------------------------------------------------------------------------------------------
    def stop(self) -> None:
        asked = self.stop_requests
        for order in sorted({child.order for child in self.children}):
            chosen = [child for child in self.children if child.order == order]
            for child in chosen:
                child.ask_to_stop()
            deadline = time.monotonic() + (STOP_LIMIT_S[order] if self.stop_requests == asked else 0.5)
            for child in chosen:
                child.end(deadline)
        self.children.clear()
        watchdog.end_strays(self._mark.encode())
        self._tell("bye")
        self._watchdog.wait(5)
