"""Units of work: which (rung, segment) pairs each of them makes, and how they are cut.

Invariant: each (rung, segment) pair is in one open unit at most. A unit is cut in one transaction, and whoever cuts or
adds one holds the asset: a statement that has waited for a row does not see what was inserted meanwhile.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.streaming.domain.ladder import Mode, TrackKind
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.progress import has_bit, missing
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.domain.units import WANTED_S, WANTED_SOUND_S, Part, end_of_wish
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import leases
from apps.streaming.services.locking import hold_asset

OPEN = (UnitState.PENDING, UnitState.LEASED)
PLANNED = (AssetState.PROBING, AssetState.PLAYABLE, AssetState.COMPLETE)  # films whose parts are made


def plan_for(asset_id: UUID) -> None:
    """Open rungs whose missing segments no unit holds get units again: nothing may stay half-made for ever."""
    unfinished = [RenditionState.PLANNED, RenditionState.BUILDING]
    rungs = Rendition.objects.filter(asset_id=asset_id, state__in=unfinished, on_demand=False)
    made = rungs.filter(kind__in=[TrackKind.VIDEO, TrackKind.AUDIO])
    for track_id in list(made.values_list("pk", flat=True)):
        with transaction.atomic():
            hold_asset(asset_id)  # several units
            track = made.select_for_update().filter(pk=track_id).first()
            if track is not None:
                fill(track)


def fill(rendition: Rendition) -> None:
    """Plan units for everything of it that is missing and that no unit holds; the caller holds the rendition."""
    if holes := _holes(rendition):
        rebuild(rendition, holes)


def rebuild(rendition: Rendition, indexes: list[int]) -> None:
    """Plan units for missing segments that no unit holds; call it in the transaction that cleared their bits."""
    reached = 0
    for index in sorted(indexes):
        if index >= reached:
            unit = unit_with(rendition, index) or plan(rendition, index, priority=Priority.REST)
            reached = unit.last
    leases.wake_workers()


def holding(units: QuerySet[WorkUnit], rung: str, index: int) -> QuerySet[WorkUnit]:
    return units.filter(rungs__contains=[rung], first__lte=index, last__gt=index)


def unit_with(track: Rendition, index: int) -> WorkUnit | None:
    units = WorkUnit.objects.select_for_update().filter(asset_id=track.asset_id, state__in=OPEN)
    return holding(units, track.name, index).first()


def is_whole(track: Rendition) -> bool:
    """What cannot be begun in the middle, or is so cheap that cutting costs more."""
    return track.recipe.in_one_pass or track.recipe.mode == Mode.COPY


def end_for_viewer(track: Rendition, index: int, limit: int) -> int:
    """Where what is made at once for somebody who waits for ``index`` ends; at most ``limit``."""
    wanted_s = WANTED_SOUND_S if track.kind == TrackKind.AUDIO else WANTED_S
    return end_of_wish(track.segments, index, limit, wanted_s=wanted_s)


def alone(unit: WorkUnit, player: UUID | None) -> UUID | None:
    """Who waits for it, when that is one person; nobody else's wish or playhead ends with hers."""
    is_raised = unit.priority <= Priority.SOON and unit.priority < unit.base_priority
    return player if not is_raised or unit.wanted_by == player else None


def split(unit: WorkUnit, parts: list[Part], priority: Priority, player: UUID | None = None) -> None:
    """The first part keeps the row, and with it the lease of whoever works on it. Sound that comes later than that
    makes no film playable any more: it does not take the threads of what does."""
    now = timezone.now()
    changed: list[WorkUnit] = []
    for part in parts:
        floor = Priority.PREROLL if unit.kind == UnitKind.AUDIO and part.first > unit.first else Priority.WAITING
        row = WorkUnit(
            asset_id=unit.asset_id,
            kind=unit.kind,
            rungs=list(part.rungs),
            first=part.first,
            last=part.last,
            priority=min(priority, unit.priority) if part.is_wanted else max(unit.priority, floor),
            base_priority=max(unit.base_priority, floor),
            wanted_at=now if part.is_wanted else unit.wanted_at,
            wanted_by=alone(unit, player) if part.is_wanted else unit.wanted_by,
            failures=0,  # of a place that nobody has tried
            created_at=unit.created_at,
        )
        changed.append(row)
    kept, *new = changed
    held = ("rungs", "first", "last", "priority", "base_priority", "wanted_at", "wanted_by")
    WorkUnit.objects.filter(pk=unit.pk).update(**{name: getattr(kept, name) for name in held})
    WorkUnit.objects.bulk_create(new)
    leases.wake_workers()


def plan(track: Rendition, index: int, *, priority: Priority = Priority.EXTRA) -> WorkUnit:
    """A unit for segments that no unit holds: an evicted rung, or one that is only made on demand."""
    kind = UnitKind.AUDIO if track.kind == TrackKind.AUDIO else UnitKind.VIDEO
    first, last = (0, track.segment_count) if track.recipe.in_one_pass else (index, _end_of_hole(track, index))
    return WorkUnit.objects.create(
        asset_id=track.asset_id, kind=kind, rungs=[track.name], first=first, last=last,
        priority=priority, base_priority=priority, wanted_at=timezone.now(),
    )  # fmt: skip


def drop(asset_id: UUID, name: str) -> None:
    """Nobody sees a rung that failed: what is left of it is not made. A retry plans it again."""
    pending = WorkUnit.objects.filter(asset_id=asset_id, state=UnitState.PENDING, rungs__contains=[name])
    pending.filter(rungs=[name]).delete()
    for other in pending:
        rungs = [rung for rung in other.rungs if rung != name]
        WorkUnit.objects.filter(pk=other.pk, state=UnitState.PENDING, rungs=other.rungs).update(rungs=rungs)


def _end_of_hole(track: Rendition, index: int) -> int:
    """Where the next published segment, the next unit or the end of the wish is."""
    limit = end_for_viewer(track, index, track.segment_count)
    units = WorkUnit.objects.filter(asset_id=track.asset_id, state__in=OPEN, rungs__contains=[track.name])
    following = units.filter(first__gt=index).order_by("first").values_list("first", flat=True).first()
    limit = min(limit, following) if following is not None else limit
    return next((later for later in range(index, limit) if has_bit(bytes(track.bitmap), later)), limit)


def _holes(track: Rendition) -> list[int]:
    """Missing segments that no unit holds; the caller holds the rendition's row."""
    held = WorkUnit.objects.filter(asset_id=track.asset_id, state__in=OPEN, rungs__contains=[track.name])
    covered = {index for unit in held for index in range(unit.first, unit.last)}
    return [index for index in missing(bytes(track.bitmap), 0, track.segment_count) if index not in covered]
