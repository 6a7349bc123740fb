"""What this machine has."""

import os


def cores() -> int:
    """Cores that this process may use: a container often has fewer than its host."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
