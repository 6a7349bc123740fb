"""How many cores there are for us: those that the scheduler gives us, or fewer where a quota ends earlier.

Standard library only: the supervisor and the container's entrypoint ask before there are settings.
"""

import math
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

# Linux: which control groups this process is in, one line `number:controllers:path` each, and where they are mounted.
OWN_GROUPS = Path("/proc/self/cgroup")
MOUNT = Path("/sys/fs/cgroup")


def cores() -> int:
    """Cores that this process may keep busy, at least 1; a quota of one and a half is two."""
    return max(1, math.ceil(min(visible_cores(), _quota())))


def visible_cores() -> int:
    """Cores that a program finds which counts them itself, as ffmpeg does for its threads: it knows of no quota."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _quota() -> float:
    """Cores that we may spend; looked up once, as a worker has its threads for life."""
    return min(map(_quota_of, _groups()), default=math.inf)


def _groups() -> Iterator[Path]:
    """The folders of our control groups for processors, and of all groups above: the tightest quota holds."""
    try:
        lines = OWN_GROUPS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, _, named = line.partition(":")
        controllers, _, path = named.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        mount = MOUNT / "cpu" if controllers else MOUNT  # version 1 has a mount for each controller
        inner = PurePosixPath(path).parts[1:]
        depth = 0 if ".." in inner else len(inner)  # `..`: our group is outside of what the container sees
        yield from (mount.joinpath(*inner[:kept]) for kept in range(depth + 1))


def _quota_of(group: Path) -> float:
    """Cores by the group's own quota; infinite where it has none or says nothing that can be read."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):  # version 2: both in one file
        try:
            quota_us, period_us = map(int, " ".join((group / name).read_text() for name in names).split())
        except (OSError, ValueError):  # no such file, or `max`
            continue
        if quota_us > 0 and period_us > 0:  # version 1 says -1 for none
            return quota_us / period_us
    return math.inf
