"""Whether there is room for work: the disk's floor, and what happens when a disk is full all the same.

Invariant: a full disk is nobody's failure. Work waits with a reason, and the sweep starts it again when space is back.
"""

import shutil

from structlog import get_logger

from apps.streaming.adapters import store
from apps.streaming.models import WorkUnit

log = get_logger(__name__)

FLOOR_BYTES = 2_000_000_000
FLOOR_SHARE = 0.05


def admits(unit: WorkUnit) -> bool:
    """Whether the unit may begin now. Called right after a claim; when not, the unit goes back without a failure."""
    return _has_free_space()


def note_full_disk(unit: WorkUnit) -> None:
    """A write of the unit met ENOSPC or EDQUOT: ask for room; the unit goes back without a failure."""
    log.warning("disk.full", unit=str(unit.pk), asset=str(unit.asset_id))


def _has_free_space() -> bool:
    store.root().mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(store.root())
    return usage.free > min(FLOOR_BYTES, int(usage.total * FLOOR_SHARE))
