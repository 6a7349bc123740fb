"""Who of this process may take which unit: some threads are kept free for viewers who wait.

Invariant: claims of one process happen one after the other, so that its threads cannot all begin unhurried work.
"""

from threading import Lock
from uuid import UUID

from apps.common.machine import cores
from apps.streaming.domain.priorities import Priority, ceiling, slots_for
from apps.streaming.domain.states import UnitKind
from apps.streaming.models import WorkUnit
from apps.streaming.services import leases

_lock = Lock()
_running: dict[tuple[UUID, int], int] = {}  # priority of each unit that a thread of this process works on


def take(asset_id: UUID | None, kind: UnitKind | None) -> WorkUnit | None:
    """Claim the most urgent unit that this process has a thread for, or None."""
    with _lock:
        unit = leases.claim(asset_id, kind, ceiling=ceiling(_running.values(), slots_for(cores())))
        if unit is not None:
            _running[unit.pk, unit.attempt] = unit.priority
    return unit


def serves(priority: Priority) -> bool:
    """Whether a thread of this process works on something this urgent."""
    with _lock:
        return priority in _running.values()


def leave(unit: WorkUnit) -> None:
    with _lock:
        _running.pop((unit.pk, unit.attempt), None)
