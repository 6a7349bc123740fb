"""The films being made as the operator sees and steers them: list, cancel, try again."""

import time
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.common.errors import Conflict, NotFound
from apps.common.jobs import Job as Task
from apps.common.jobs import enqueue
from apps.streaming.adapters import store
from apps.streaming.domain.jobs import Job, JobRung
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.progress import count, empty_bitmap
from apps.streaming.domain.states import AssetState, RenditionEvent, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, StoredSegment, WorkUnit
from apps.streaming.selectors import rung_progress
from apps.streaming.services.assets import fail_asset, is_open, retry_asset
from apps.streaming.services.audit import plan_list
from apps.streaming.services.locking import hold_asset, hold_tracks
from apps.streaming.services.moves import move_rendition
from apps.streaming.services.planning import plan_for
from apps.streaming.services.settling import conclude
from apps.streaming.services.stored import LISTS

SHOWN_MAX = 200
OPEN = (UnitState.PENDING, UnitState.LEASED)
UNFINISHED = (RenditionState.PLANNED, RenditionState.BUILDING)
CANCELLED = "It was stopped by the operator."
RETRIED_IN = (AssetState.FAILED, AssetState.EVICTED)


def list_jobs() -> list[Job]:
    """What is being made, and what failed, newest first."""
    has_work = Exists(WorkUnit.objects.filter(asset=OuterRef("pk"), state__in=OPEN))
    shown = Q(state=AssetState.FAILED) | Q(state__in=[AssetState.QUEUED, AssetState.PROBING, AssetState.PLAYABLE])
    assets = MediaAsset.objects.filter(shown | has_work).select_related("title").prefetch_related("renditions")
    return [_job(asset, time.time()) for asset in assets.order_by("-created_at")[:SHOWN_MAX]]


def cancel_job(asset_id: UUID) -> None:
    """Stop making it. What can be watched already stays; the rest is made only where somebody watches.

    Raises NotFound, Conflict when nothing is being made.
    """
    asset = MediaAsset.objects.filter(pk=asset_id).first()
    if asset is None:
        raise NotFound("This film is not here.")
    if asset.state in {AssetState.QUEUED, AssetState.PROBING}:
        fail_asset(asset_id, CANCELLED)
        return
    units = WorkUnit.objects.filter(asset_id=asset_id, state__in=OPEN)
    with transaction.atomic():
        hold_asset(asset_id)
        unfinished = [track for track in hold_tracks(asset_id) if track.state in UNFINISHED and not _is_full(track)]
        needed = [track for track in unfinished if track.kind == TrackKind.AUDIO and track.recipe.is_default]
        for track in needed:  # without its sound the film would be lost to those who watch it
            units = units.exclude(rungs=[track.name])
        dropped, _ = units.delete()
        if not dropped and not is_open(asset):
            raise Conflict("Nothing is being made of this film at the moment.")
        for track in unfinished:
            if track not in needed:
                _let_go(track)
        enqueue(Task.ASSET_CHANGED, str(asset_id))
    conclude(asset_id)  # a request is no place for a proof


def retry_job(asset_id: UUID) -> None:
    """Begin again after a failure; for a film that plays, only what failed of it. Raises NotFound, Conflict."""
    asset = MediaAsset.objects.filter(pk=asset_id).first()
    if asset is None:
        raise NotFound("This film is not here.")
    if asset.state in RETRIED_IN:
        retry_asset(asset_id)
        return
    failed = list(asset.renditions.filter(state=RenditionState.FAILED))
    if not failed:
        raise Conflict("Nothing of this film has failed.")
    for track in failed:
        if track.segment_count == count(bytes(track.bitmap)):  # all there, and not what was planned
            _make_afresh(asset, track)
    with transaction.atomic():
        hold_asset(asset_id)
        hold_tracks(asset_id)
        for track in failed:
            move_rendition(track.pk, RenditionEvent.RETRIED, reason="")
            WorkUnit.objects.filter(asset_id=asset_id, rungs__contains=[track.name], state=UnitState.FAILED).update(
                state=UnitState.PENDING, failures=0, error="", not_before=None
            )
            held = WorkUnit.objects.filter(asset_id=asset_id, rungs__contains=[track.name], state__in=OPEN)
            if track.kind in LISTS and not held.exists():  # it was made once, and its file is lost
                plan_list(track)
        enqueue(Task.RUN_WORK_UNITS)
        enqueue(Task.ASSET_CHANGED, str(asset_id))
    plan_for(asset_id)


def _make_afresh(asset: MediaAsset, track: Rendition) -> None:
    """First the row says that nothing is there, then the files go; what a kill leaves is replaced when it is made."""
    with transaction.atomic():
        Rendition.objects.filter(pk=track.pk).update(bitmap=empty_bitmap(track.segment_count), size_bytes=0)
        StoredSegment.objects.filter(rendition=track).delete()
    store.remove_track(asset.pk, asset.epoch, track.name)


def _is_full(track: Rendition) -> bool:
    """Only its proof is missing, which a worker brings."""
    return count(bytes(track.bitmap)) == track.segment_count


def _let_go(track: Rendition) -> None:
    """Pictures can be made on demand; sound and texts are whole or nothing, so an unfinished one is no more."""
    if track.kind == TrackKind.VIDEO:
        Rendition.objects.filter(pk=track.pk).update(on_demand=True)
    else:
        move_rendition(track.pk, RenditionEvent.FAILED, reason=CANCELLED)


def _job(asset: MediaAsset, now_s: float) -> Job:
    rungs = sorted(asset.renditions.all(), key=lambda track: track.name)
    failed = next((track.reason for track in rungs if track.state == RenditionState.FAILED and track.reason), None)
    return Job(
        asset_id=asset.pk,
        title_id=asset.title_id,
        title=asset.title.name,
        state=asset.state,
        reason=asset.reason or asset.pause_reason or failed,
        notes=tuple(asset.notes),
        rungs=tuple(_rung(track, now_s) for track in rungs if not track.on_demand or count(bytes(track.bitmap))),
    )


def _rung(track: Rendition, now_s: float) -> JobRung:
    now = rung_progress(track, now_s)
    return JobRung(name=track.name, state=track.state, progress=now.share, speed=now.speed, eta_s=now.eta_s)
