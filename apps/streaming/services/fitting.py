"""A film that finds no room whole: made where somebody watches, in smaller parts, without what cannot be parted, or
not at all.

Invariant: either something else gives room back by itself, or the film does with less; what it can do without for good
goes only when even everything that may leave one day, on a disk that nobody else writes to, would not be enough.
"""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from structlog import get_logger

from apps.common.jobs import Job, enqueue
from apps.common.locks import hold_until_commit
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.retention import PREROLL_S
from apps.streaming.domain.states import AssetState, RenditionEvent, UnitKind, UnitState
from apps.streaming.models import MediaAsset, Rendition, TitleCare, WorkUnit
from apps.streaming.selectors import PLAYABLE_SEGMENTS
from apps.streaming.services import leases, ledger, planning
from apps.streaming.services.assets import fail_asset
from apps.streaming.services.locking import hold_asset, hold_tracks
from apps.streaming.services.moves import move_rendition
from apps.streaming.services.quota import largest_bytes, quota_bytes
from apps.streaming.services.victims import late_segments

log = get_logger(__name__)

LOCK = "streaming.fitting"
NO_ROOM = "There is no room for this film right now. It goes on by itself as soon as there is."
NEVER_FITS = "There is no room for it on this server, and it cannot be made in parts."
FILM_NEVER_FITS = "There is no room on this server for this film and what is made of it."
BEING_MADE = (AssetState.PROBING, AssetState.PLAYABLE)


class GivenUp(Exception):
    """No room will ever come for this unit; it has failed, and its film knows."""


def moves_elsewhere(asset_id: UUID) -> bool:
    """Whether a film that is made now, and does not wait for room itself, may give some back once it is whole."""
    others = MediaAsset.objects.filter(state__in=BEING_MADE).exclude(pk=asset_id).exclude(pause_reason=NO_ROOM)
    return others.filter(units__state__in=ledger.UNFINISHED).exists()


def never_comes(asset: MediaAsset, short_bytes: int) -> bool:
    """Whether these bytes would be short if everything had left that leaves by itself one day, on a disk that nobody
    else needs: what others have written there may go, too."""
    known = ledger.usage()
    now_bytes = quota_bytes(known.used_bytes)
    at_least = short_bytes - (max(largest_bytes(), now_bytes) - now_bytes)
    lasting = MediaAsset.objects.filter(Q(pk=asset.pk) | Q(pk__in=_staying(asset)))
    leaving_bytes = known.total_bytes - ledger.bytes_of(lasting) + sum(_leftover_bytes(one) for one in lasting)
    return at_least > leaving_bytes


def make_on_demand(unit: WorkUnit) -> None:
    """The first minute of its pictures is made now, the rest where somebody watches. Raises LeaseLost."""
    with transaction.atomic():
        for track in _held_tracks(unit):
            if track.kind == TrackKind.VIDEO and not track.on_demand and not track.recipe.in_one_pass:
                _drop_the_rest(track)
        leases.look_again(unit)


def halve(unit: WorkUnit) -> bool:
    """Ask for less of what is made where somebody watches; the next miss asks for the rest. False when it cannot.

    What a film needs at its beginning to be playable is not parted. Raises LeaseLost.
    """
    with transaction.atomic():
        tracks = _held_tracks(unit)
        middle = max((unit.first + unit.last) // 2, unit.first + 1, PLAYABLE_SEGMENTS)
        if middle >= unit.last or any(not track.on_demand or track.recipe.in_one_pass for track in tracks):
            return False
        WorkUnit.objects.filter(pk=unit.pk).update(last=middle)
        unit.last = middle
    return True


def go_without(unit: WorkUnit, reserve: Callable[[], int], *, is_for_all: bool = False) -> bool:
    """Write off what the unit was for when room for it never comes; ``is_for_all``: no part of the film is made
    without it. True when ``reserve`` finds room by now. Raises GivenUp when it is written off, and LeaseLost.

    One at a time: what one film gives back is room for the others, so each asks anew in its turn. A film that is
    complete loses nothing for a part that is made once more.
    """
    with transaction.atomic():
        hold_until_commit(LOCK)
        short_bytes = reserve()
        if not short_bytes:
            return True
        tracks = _held_tracks(unit)
        asset = MediaAsset.objects.get(pk=unit.asset_id)
        lost = [] if is_for_all else [track for track in tracks if not track.on_demand and _is_one_piece(track)]
        has_begun = asset.state not in {AssetState.QUEUED, AssetState.PROBING}
        is_needed = bool(lost) or is_for_all or not has_begun
        if asset.state == AssetState.COMPLETE or not is_needed or not never_comes(asset, short_bytes):
            return False
        leases.give_up(unit, NEVER_FITS)
        for track in lost:
            if move_rendition(track.pk, RenditionEvent.FAILED, reason=NEVER_FITS):
                planning.drop(unit.asset_id, track.name)
        if not lost:
            fail_asset(unit.asset_id, FILM_NEVER_FITS)
        if MediaAsset.objects.filter(pk=unit.asset_id).exclude(pause_reason="").update(pause_reason=""):
            enqueue(Job.ASSET_CHANGED, str(unit.asset_id))
    log.warning("storage.never_fits", asset=str(unit.asset_id), unit=str(unit.pk), rungs=unit.rungs, short=short_bytes)
    raise GivenUp(f"unit {unit.pk}")


def _is_one_piece(track: Rendition) -> bool:
    """It is made whole or not at all."""
    return track.kind != TrackKind.VIDEO or track.recipe.in_one_pass


def _staying(asset: MediaAsset) -> QuerySet[MediaAsset]:
    """Other films that give nothing back unless somebody decides it: kept, listed, or without room themselves while
    nobody works on them."""
    wanted = TitleCare.objects.filter(Q(is_kept=True) | Q(is_listed=True)).values("pk")
    worked_on = WorkUnit.objects.filter(state=UnitState.LEASED).values("asset")
    waits = Q(state__in=BEING_MADE, pause_reason=NO_ROOM) & ~Q(pk__in=worked_on)
    stays = Q(state=AssetState.COMPLETE, title_id__in=wanted) | waits
    return MediaAsset.objects.filter(stays).exclude(pk=asset.pk)


def _leftover_bytes(asset: MediaAsset) -> int:
    """What of its own pieces goes as soon as nobody looks at them."""
    return sum(ledger.dropped_bytes(track, late_segments(track)) for track in asset.renditions.filter(on_demand=True))


def _held_tracks(unit: WorkUnit) -> list[Rendition]:
    """Film, renditions and unit are held until the commit, and are what they are now. Raises LeaseLost."""
    hold_asset(unit.asset_id)
    tracks = hold_tracks(unit.asset_id)  # all: its rungs may be other ones by now
    leases.look_again(unit)
    return [track for track in tracks if track.name in unit.rungs]


def _drop_the_rest(track: Rendition) -> None:
    """Units after the first minute make it no more; the caller holds film and rendition."""
    Rendition.objects.filter(pk=track.pk).update(on_demand=True)
    segments = track.segments
    units = WorkUnit.objects.select_for_update().filter(asset_id=track.asset_id, state__in=ledger.UNFINISHED)
    for unit in units.filter(rungs__contains=[track.name]).order_by("pk"):
        if segments.start_s(unit.first) >= PREROLL_S:
            rungs = [name for name in unit.rungs if name != track.name]
            WorkUnit.objects.filter(pk=unit.pk).update(rungs=rungs)
    emptied = WorkUnit.objects.filter(asset_id=track.asset_id, kind=UnitKind.VIDEO, rungs=[])
    emptied.filter(state=UnitState.PENDING).delete()
    log.info("storage.on_demand", asset=str(track.asset_id), track=track.name)
