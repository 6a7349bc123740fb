"""Work units are leased from Postgres: claim, heartbeat, finish, give back, reap.

Invariant: every write of a worker names its attempt, so a worker that slept past its lease changes nothing.
Celery messages only wake workers up; losing or doubling one neither loses nor doubles work.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.common.jobs import Job, enqueue
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.states import UNIT, UnitEvent, UnitKind, UnitState, target_of
from apps.streaming.models import WorkUnit
from apps.streaming.services.locking import hold_asset, hold_tracks

LEASE = timedelta(seconds=30)
ROOM_WAIT = timedelta(seconds=10)
RETRY_WAIT = timedelta(seconds=10)  # grows with each further failure; what failed once is tried again at once
HEARTBEAT_S = 5.0
MAX_FAILURES = 3
ERROR_MAX = 2000


class LeaseLost(Exception):
    """Somebody else may have this unit now; stop at once and write nothing."""


def claim(
    asset_id: UUID | None = None, kind: UnitKind | None = None, *, ceiling: int = Priority.EXTRA
) -> WorkUnit | None:
    """Lease the most urgent pending unit up to priority ``ceiling`` that nobody else holds, or None."""
    wanted: dict[str, object] = {"state": UnitState.PENDING, "priority__lte": ceiling}
    wanted |= {"asset_id": asset_id} if asset_id else {}
    wanted |= {"kind": kind} if kind else {}
    with transaction.atomic():
        units = WorkUnit.objects.select_for_update(skip_locked=True, of=("self",)).filter(**wanted)
        units = units.exclude(not_before__gt=timezone.now())
        unit = units.order_by("priority", "created_at", "first").first()
        if unit is None:
            return None
        unit.state = target_of(UNIT, UnitEvent.CLAIMED)
        unit.attempt += 1
        unit.leased_until = timezone.now() + LEASE
        unit.save(update_fields=["state", "attempt", "leased_until"])
    return unit


def heartbeat(unit: WorkUnit) -> None:
    """Extend the lease, and see what the unit has given away meanwhile. Raises LeaseLost."""
    with transaction.atomic():
        look_again(unit)
        _write(unit, leased_until=timezone.now() + LEASE)


def note_progress(unit: WorkUnit, rung: str, index: int) -> bool:
    """A segment is out: extend the lease and forget earlier failures. False when it is not the unit's any more.

    Raises LeaseLost.
    """
    with transaction.atomic():
        look_again(unit)
        _write(unit, leased_until=timezone.now() + LEASE, failures=0)
    return rung in unit.rungs and unit.first <= index < unit.last


def finish(unit: WorkUnit) -> None:
    """Raises LeaseLost."""
    _write(unit, state=target_of(UNIT, UnitEvent.FINISHED), leased_until=None, error="")


def give_up(unit: WorkUnit, error: str) -> None:
    """No further attempt can help. Raises LeaseLost."""
    _write(unit, state=target_of(UNIT, UnitEvent.GAVE_UP), leased_until=None, error=error[:ERROR_MAX])


def give_back(
    unit: WorkUnit, error: str, on_given_up: Callable[[WorkUnit, str], None], *, is_spread: bool = True
) -> bool:
    """The attempt failed: pending again, or given up after MAX_FAILURES. True when given up. Raises LeaseLost.

    Without ``is_spread`` it is tried again at once: the attempt took long enough. ``on_given_up`` runs in the same
    transaction: nobody looks at a unit again that was given up.
    """
    return _end_attempt(unit, error, on_given_up, is_spread=is_spread)


def put_back(unit: WorkUnit) -> None:
    """Pending again with nothing counted: a full or unreachable store is no fault of the unit. Raises LeaseLost."""
    later = timezone.now() + ROOM_WAIT
    _write(unit, state=target_of(UNIT, UnitEvent.RETURNED), leased_until=None, not_before=later)


def reap(on_given_up: Callable[[WorkUnit, str], None]) -> int:
    """Take back units whose workers stopped answering; returns how many may be claimed again.

    ``on_given_up`` is part of giving one up.
    """
    now = timezone.now()
    claimable = 0
    for unit in WorkUnit.objects.filter(state=UnitState.LEASED, leased_until__lt=now):
        with suppress(LeaseLost):
            claimable += not _end_attempt(
                unit, "The worker stopped answering.", on_given_up, is_spread=False, expired_by=now
            )
    return claimable


def look_again(unit: WorkUnit, *, expired_by: datetime | None = None) -> None:
    """A viewer who waits may have taken a part of a leased unit; the row is locked until the transaction ends.

    ``expired_by``: only when its worker has not answered since. Raises LeaseLost.
    """
    mine = WorkUnit.objects.select_for_update().filter(pk=unit.pk, state=UnitState.LEASED, attempt=unit.attempt)
    row = (mine.filter(leased_until__lt=expired_by) if expired_by else mine).first()
    if row is None:
        raise LeaseLost(f"unit {unit.pk} attempt {unit.attempt}")
    unit.first, unit.last, unit.rungs = row.first, row.last, row.rungs


def wake_workers(count: int = 1) -> None:
    for _ in range(count):
        enqueue(Job.RUN_WORK_UNITS)


def _end_attempt(
    unit: WorkUnit,
    error: str,
    on_given_up: Callable[[WorkUnit, str], None],
    *,
    is_spread: bool,
    expired_by: datetime | None = None,
) -> bool:
    """``expired_by``: only when its worker has not answered since; the locks may have been waited for."""
    with transaction.atomic():
        hold_asset(unit.asset_id)  # a unit that is given up takes renditions, other units or the film with it
        hold_tracks(unit.asset_id)  # all: its rungs may be other ones by now
        look_again(unit, expired_by=expired_by)
        is_over = _return(unit, error, is_spread=is_spread)
        if is_over:
            on_given_up(unit, error)
    return is_over


def _return(unit: WorkUnit, error: str, *, is_spread: bool) -> bool:
    """``is_spread``: attempts are apart in time, so that a passing trouble does not use up all of them."""
    failures = WorkUnit.objects.values_list("failures", flat=True).filter(pk=unit.pk).first() or 0
    is_over = failures >= MAX_FAILURES - 1
    event = UnitEvent.GAVE_UP if is_over else UnitEvent.RETURNED
    not_before = timezone.now() + RETRY_WAIT * 3**failures if is_spread and failures else None
    _write(
        unit,
        state=target_of(UNIT, event),
        leased_until=None,
        not_before=not_before,
        failures=F("failures") + 1,
        error=error[:ERROR_MAX],
    )
    return is_over


def _write(unit: WorkUnit, **changes: object) -> None:
    mine = WorkUnit.objects.filter(pk=unit.pk, state=UnitState.LEASED, attempt=unit.attempt)
    if mine.update(**changes) != 1:
        raise LeaseLost(f"unit {unit.pk} attempt {unit.attempt}")
