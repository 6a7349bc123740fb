"""One run a DATA_DIR: a lock that the kernel releases, and a sentence that says who holds it."""

import fcntl
import os
import time
from pathlib import Path

LOCK_FILE = "lock"
CLEANING_LIMIT_S = 20.0  # how long the watchdog of a killed run may still be ending its processes


def take(data_dir: Path, address: str) -> int:
    """Give the file descriptor that holds the lock. Raises SystemExit when another run has it."""
    descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + CLEANING_LIMIT_S
    while not _try(descriptor):
        pid, _, where = os.pread(descriptor, 300, 0).decode().strip().partition(" ")
        if _is_alive(pid) or time.monotonic() > deadline:
            raise SystemExit(f"matinee: already running at {where or 'an unknown address'} (process {pid or '?'}).")
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {address}\n".encode(), 0)
    return descriptor


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
