"""Wishes that have ended: people went away, or look at another place of the film.

Invariant: what only a wish brought about is not made for nobody, and everything else that it hurried is made later, in
its usual turn: no (rung, segment) pair is lost.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.priorities import SOON_S, WAITING_S, Priority
from apps.streaming.domain.progress import missing
from apps.streaming.domain.states import UnitKind, UnitState
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services.demand import SAID_AGAIN_S, is_soon_there
from apps.streaming.services.locking import hold_asset, hold_tracks
from apps.streaming.services.planning import OPEN, is_whole


def forget_wishes() -> None:
    """People went away: what they wanted is as urgent as before, and what only they wanted is not made."""
    now = timezone.now()
    stale = Q(priority=Priority.WAITING, wanted_at__lt=now - timedelta(seconds=WAITING_S))
    stale |= Q(priority__gt=Priority.WAITING, wanted_at__lt=now - timedelta(seconds=SOON_S))
    units = WorkUnit.objects.filter(stale, state=UnitState.PENDING)
    for unit in units:
        _return(units.filter(pk=unit.pk), is_planned=_is_planned(unit))
    for unit in WorkUnit.objects.filter(stale, state=UnitState.LEASED, priority=Priority.WAITING, kind=UnitKind.VIDEO):
        _end_soon(unit)


def leave_others(player: UUID, asset_id: UUID, rung: str, index: int) -> None:
    """This player waits for that segment now: what nobody but it waited for elsewhere is nobody's any more.

    A player asks for one picture and one sound at a time. One that has no name of its own goes by its viewer's, who
    may have another in another film, until that is silent.
    """
    is_silent = Q(wanted_at__lt=timezone.now() - timedelta(seconds=SAID_AGAIN_S))
    track = Rendition.objects.filter(asset_id=asset_id, name=rung).first()
    if track is None:
        return
    alike = _wanted_by(player).filter(kind=UnitKind.AUDIO if track.kind == TrackKind.AUDIO else UnitKind.VIDEO)
    wanted = alike.filter(Q(asset_id=asset_id) | is_silent)
    here = {unit.pk for unit in wanted.filter(_with(asset_id, rung, index)) if is_soon_there(track, unit, index)}
    for unit in wanted.exclude(pk__in=here):
        _let_go(unit, player)


def leave(
    player: UUID,
    asset_id: UUID,
    rung: str,
    index: int | None,
    *,
    beside: Sequence[tuple[str, int | None]] = (),
) -> None:
    """This player waits for that segment no longer: what was made of it only for this player ends.

    Without ``index`` that is anything of the rung. ``beside`` are rungs and segments that it goes on waiting for.
    """
    wanted = _wanted_by(player).filter(_with(asset_id, rung, index))
    for other_rung, other_index in beside:
        wanted = wanted.exclude(_with(asset_id, other_rung, other_index))
    for unit in wanted:
        _let_go(unit, player)


def _wanted_by(player: UUID) -> QuerySet[WorkUnit]:
    waiting = WorkUnit.objects.filter(priority=Priority.WAITING, kind__in=[UnitKind.VIDEO, UnitKind.AUDIO])
    return waiting.filter(wanted_by=player, state__in=OPEN)


def _with(asset_id: UUID, rung: str, index: int | None) -> Q:
    of_rung = Q(asset_id=asset_id, rungs__contains=[rung])
    return of_rung if index is None else of_rung & Q(first__lte=index, last__gt=index)


def _end_soon(unit: WorkUnit) -> None:
    """Nobody waits for it any more: its maker ends with the segment under way. On demand, the rest needs no unit."""
    with transaction.atomic():
        hold_asset(unit.asset_id)
        tracks = hold_tracks(unit.asset_id, unit.rungs)
        if any(not track.on_demand or is_whole(track) for track in tracks):
            return
        units = WorkUnit.objects.select_for_update().filter(pk=unit.pk, state=UnitState.LEASED)
        row = units.filter(wanted_at=unit.wanted_at).first()  # else somebody waits again
        if row is not None:
            end = max((_next(track, row) for track in tracks), default=row.first)
            WorkUnit.objects.filter(pk=row.pk).update(last=min(row.last, end + 1))


def _let_go(unit: WorkUnit, player: UUID) -> None:
    """Its maker ends at its next look, in the middle of a segment; the rest of what was planned is a unit again."""
    with transaction.atomic():
        hold_asset(unit.asset_id)
        tracks = hold_tracks(unit.asset_id, unit.rungs)
        units = WorkUnit.objects.select_for_update().filter(pk=unit.pk, state__in=OPEN)
        row = units.filter(wanted_by=player, priority=Priority.WAITING).first()  # else somebody waits for it, too
        if row is None or any(is_whole(track) for track in tracks):
            return
        mine = WorkUnit.objects.filter(pk=row.pk)
        planned = [track.name for track in tracks if not track.on_demand]
        if row.state == UnitState.PENDING:
            _return(mine, is_planned=bool(planned))
            return
        end = min((_next(track, row) for track in tracks), default=row.first)
        if planned and end < row.last:
            WorkUnit.objects.create(
                asset_id=row.asset_id, kind=row.kind, rungs=planned, first=end, last=row.last,
                priority=row.base_priority, base_priority=row.base_priority, created_at=row.created_at,
                failures=row.failures, not_before=row.not_before,
            )  # fmt: skip
        mine.update(last=end, priority=F("base_priority"), wanted_at=None, wanted_by=None)


def _next(track: Rendition, unit: WorkUnit) -> int:
    """The first segment that the unit has still to make of it."""
    return next(iter(missing(bytes(track.bitmap), unit.first, unit.last)), unit.last)


def _is_planned(unit: WorkUnit) -> bool:
    return unit.asset.renditions.filter(name__in=unit.rungs, on_demand=False).exists()


def _return(units: QuerySet[WorkUnit], *, is_planned: bool) -> None:
    if is_planned:
        units.update(priority=F("base_priority"), wanted_at=None, wanted_by=None)
    else:
        units.delete()
