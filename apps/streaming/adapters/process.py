"""Starts foreign programs so that they can always be ended: own process group, no shell, dies with its parent.

Invariant: a program started here is gone when the call returns, cannot outlive a worker that is killed with -9, and
cannot take more memory, disk or processor time than its limits say. It has no network unless its limits give it one,
and sees nothing of the worker's environment that is not named here: no key, no address of a database or a bucket.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from apps.common.machine import visible_cores

LAUNCHER = Path(__file__).with_name("launcher.py")
STDERR_KEPT_BYTES = 8 * 1024
SHOWN = frozenset({
    "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ",
    "PYTHONDONTWRITEBYTECODE", "PYTHONPATH",  # how our own children find and keep their code
    "MATINEE_RUN",  # the folder of the run: the watchdog of `make run` finds strays by it
    "DRI_PRIME", "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_VISIBLE_DEVICES", "ONEVPL_SEARCH_PATH",
})  # fmt: skip
SHOWN_FAMILIES = ("LC_", "CUDA_", "LIBVA_")  # not NVIDIA_: NVIDIA_API_KEY is a secret
GIB = 1024**3
# A thread of ffmpeg costs 8 MiB of stack before it does anything, and it starts several for each core that it finds.
THREADS_BYTES = 64 * 1024**2 * visible_cores()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the kernel allows one program. ``niceness`` is added to the worker's own."""

    memory_bytes: int = 4 * GIB + THREADS_BYTES  # an 8K picture in the float format of tone-mapping: 425 MB each
    file_bytes: int = GIB  # one piece: 10 s at 100 Mbit/s is an eighth of this
    cpu_s: int = 6 * 3600  # the sound of a film of 24 h in one pass; standing still is noticed much earlier
    open_files: int = 256
    niceness: int = 0
    is_networked: bool = False


ENCODER = Limits()
PROBE = Limits(memory_bytes=2 * GIB + THREADS_BYTES, file_bytes=1024**2, cpu_s=3600)


def start(args: Sequence[str], *, cwd: Path, niceness: int = 0, limits: Limits = ENCODER) -> subprocess.Popen[bytes]:
    """Start ``args`` in its own process group within ``limits``. Raises OSError.

    Linux shares the cores between sessions first (sched_autogroup). Who is nice leads one that is nice as a whole: it
    yields to the web server and the database, too. Who is not shares the worker's.
    """
    niceness = niceness or limits.niceness
    told = asdict(limits) | {"niceness": niceness, "parent": os.getpid()}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(told), *args],
        cwd=cwd,
        env=shown_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=niceness > 0,
        process_group=None if niceness > 0 else 0,
    )


def shown_environment() -> dict[str, str]:
    """What a foreign program may know of ours: where things are, how to speak, which graphics card to use."""
    return {name: value for name, value in os.environ.items() if name in SHOWN or name.startswith(SHOWN_FAMILIES)}


def signal_group(process: subprocess.Popen[bytes], signum: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signum)


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the whole group and reap. ffmpeg would publish a cut segment as finished if it got SIGTERM."""
    signal_group(process, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
