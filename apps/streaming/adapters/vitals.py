"""What the kernel says of a program that we started: what it did so far, and whether it is kept from doing more.

Linux only (proc(5)); elsewhere nothing is known of it.
"""

import os
import re
from pathlib import Path

from apps.streaming.domain.patience import Vitals

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# Runs or waits for a core; waits for a disk and cannot even be killed.
HELD_STATES = frozenset("RD")
READ = re.compile(r"^rchar: (\d+)$", re.MULTILINE)


def vitals(pid: int) -> Vitals | None:
    """None when there is no telling."""
    proc = Path("/proc") / str(pid)
    try:
        stat = _fields(proc / "stat")
        read = READ.search((proc / "io").read_text())
        states = {_fields(task / "stat")[0] for task in (proc / "task").iterdir()}
    except OSError:
        return None
    return Vitals(
        cpu_s=(int(stat[11]) + int(stat[12])) / TICKS_PER_S,
        read_bytes=int(read[1]) if read else 0,
        is_held=bool(states & HELD_STATES),
    )


def _fields(path: Path) -> list[str]:
    """From the state on: the name before it may hold anything."""
    return path.read_text().rpartition(")")[2].split()
