"""Starts foreign programs so that they can always be ended: own process group, no shell, dies with its parent.

Invariant: a program started here is gone when the call returns, and cannot outlive a worker that is killed with -9.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
MEMORY_LIMIT_BYTES = 8 * 1024**3
FILE_LIMIT_BYTES = 8 * 1024**3
STDERR_KEPT_BYTES = 8 * 1024


def start(args: Sequence[str], *, cwd: Path, niceness: int = 0) -> subprocess.Popen[bytes]:
    """Start ``args`` in its own session with limits on memory and file size. Raises OSError."""
    limits = [os.getpid(), niceness, MEMORY_LIMIT_BYTES, FILE_LIMIT_BYTES]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), *map(str, limits), *args],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the whole group and reap. ffmpeg would publish a cut segment as finished if it got SIGTERM."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
