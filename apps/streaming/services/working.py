"""One turn of a worker: claim a unit, do it, record how it ended. Also the sweep that repairs what was lost."""

import errno
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from structlog import get_logger

from apps.common.locks import try_to_hold
from apps.common.machine import cores
from apps.streaming.adapters import ffmpeg, probe, store, tracks
from apps.streaming.adapters.source import NotHereYet
from apps.streaming.domain.assembly import PlanBroken
from apps.streaming.domain.mp4 import BadBox
from apps.streaming.domain.priorities import slots_for
from apps.streaming.domain.progress import missing
from apps.streaming.domain.states import AssetState, RenditionEvent, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import (
    abandoning,
    desk,
    fitting,
    leases,
    making,
    marks,
    planning,
    playback,
    preparing,
    space,
    subtitles,
    trickplay,
)
from apps.streaming.services.assets import fail_asset
from apps.streaming.services.locking import hold_asset
from apps.streaming.services.moves import move_rendition
from apps.streaming.services.settling import settle

log = get_logger(__name__)

# What one attempt may end with and another attempt may mend.
MENDABLE = (ffmpeg.FfmpegFailed, PlanBroken, BadBox, probe.ProbeTimeout, tracks.TracksFailed, OSError)
# What the store says while it cannot be reached or written: no attempt of this unit is to blame.
STORE_FAULTS = (errno.EIO, errno.EROFS, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT)
UNFINISHED = (RenditionState.PLANNED, RenditionState.BUILDING)
WORKED_ON = (AssetState.QUEUED, AssetState.PROBING, AssetState.PLAYABLE, AssetState.COMPLETE)
STALE_WORK_S = 600.0


# What makes a unit of each kind; PREPARE finishes its own lease together with the plan that it stores.
MAKERS: dict[UnitKind, Callable[[WorkUnit], None]] = {
    UnitKind.PREPARE: preparing.prepare,
    UnitKind.VIDEO: making.make_tracks,
    UnitKind.AUDIO: making.make_tracks,
    UnitKind.SUBTITLES: subtitles.make_texts,
    UnitKind.PICTURES: subtitles.make_images,
    UnitKind.TRICKPLAY: trickplay.make_trickplay,
    UnitKind.MARKS: marks.make_marks,
}
DEFEATS = {
    UnitKind.SUBTITLES: "The subtitles could not be read.",
    UnitKind.PICTURES: "The subtitles could not be read.",
    UnitKind.TRICKPLAY: "The small pictures for the seek bar could not be made.",
}
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
FULL_DISK_WORDS = ("No space left on device", "Disk quota exceeded")  # how ffmpeg says it
FULL_DISK_BYTES = 16_000_000  # less than this is no room for one segment of every rung


def run_next_unit(*, asset_id: UUID | None = None, kind: UnitKind | None = None) -> bool:
    """Do one unit to its end. False when there was nothing to do."""
    unit = desk.take(asset_id, kind)
    if unit is None:
        return False
    try:
        has_ended = _turn(unit)
    finally:
        desk.leave(unit)
    leases.wake_workers()  # its place is free, whatever settling takes
    if has_ended:
        _settle(unit.asset_id)
    return True


def _turn(unit: WorkUnit) -> bool:
    """False when there was no room for it."""
    started = time.monotonic()
    try:
        if not _do(unit):
            return False
    except (leases.LeaseLost, MediaAsset.DoesNotExist):  # somebody else has it, or the film was removed
        log.warning("unit.lease_lost", unit=str(unit.pk), attempt=unit.attempt)
    log.info("unit.ended", unit=str(unit.pk), kind=unit.kind, first=unit.first, s=round(time.monotonic() - started, 2))
    return True


def _settle(asset_id: UUID) -> None:
    """The sweep comes back to what cannot be settled now."""
    try:
        settle(asset_id)
    except OSError as error:
        log.warning("asset.not_settled", asset=str(asset_id), error=str(error))


def _do(unit: WorkUnit) -> bool:
    """False when there was no room for it: nothing has changed."""
    try:
        if not space.admits(unit):
            leases.put_back(unit)
            return False
        leases.heartbeat(unit)  # making room may have taken long
        if unit.asset.state not in WORKED_ON:
            leases.give_up(unit, "The film is not wanted any more.")
            return True
        MAKERS[UnitKind(unit.kind)](unit)
        if unit.kind != UnitKind.PREPARE:
            leases.finish(unit)
    except fitting.GivenUp:
        log.warning("unit.never_fits", unit=str(unit.pk), kind=unit.kind)
    except NotHereYet as error:
        leases.put_back(unit)
        space.note_not_here(unit, str(error))
    except probe.NotAFilm as error:
        with transaction.atomic():  # a kill between the two would leave a film that nobody works on
            hold_asset(unit.asset_id)
            leases.give_up(unit, str(error))
            fail_asset(unit.asset_id, str(error))
    except MENDABLE as error:
        _take_back(unit, error)
    return True


def _take_back(unit: WorkUnit, error: Exception) -> None:
    """What is wrong with the store is counted for nobody; the rest is a failed attempt. Raises LeaseLost."""
    if _is_of_the_store(error):
        log.warning("store.failed", unit=str(unit.pk), error=str(error))
        leases.put_back(unit)
        return
    if _met_a_full_disk(error):
        leases.put_back(unit)
        space.note_full_disk(unit)
        return
    log.warning("unit.failed", unit=str(unit.pk), attempt=unit.attempt, error=str(error))
    is_spread = not isinstance(error, ffmpeg.FfmpegStalled)  # it has waited for its limit
    told = str(error) if isinstance(error, probe.ProbeTimeout) else ""
    if not leases.give_back(unit, str(error), partial(_accept_defeat, told=told), is_spread=is_spread):
        leases.wake_workers()


def _is_of_the_store(error: Exception) -> bool:
    """A bucket that does not answer has no errno; a missing file is no fault of the store."""
    if not isinstance(error, OSError) or isinstance(error, FileNotFoundError):
        return False
    return error.errno is None or error.errno in STORE_FAULTS


def _met_a_full_disk(error: Exception) -> bool:
    """ffmpeg's muxer leaves empty files on a full disk and ends well, so the disk itself is asked too."""
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        return True
    return any(text in str(error) for text in FULL_DISK_WORDS) or store.free_bytes() < FULL_DISK_BYTES


def _accept_defeat(unit: WorkUnit, error: str, *, told: str = "") -> None:
    """The unit is given up: what it was for has failed; the asset may still live on other renditions.

    ``told`` is what people should know of ``error``, in sentences.
    """
    log.error("unit.given_up", unit=str(unit.pk), kind=unit.kind, error=error)
    if unit.kind == UnitKind.PREPARE:
        fail_asset(unit.asset_id, f"This film could not be read, three times in a row. {told}".strip())
        return
    if _tries_apart(unit):
        return
    reason = DEFEATS.get(UnitKind(unit.kind)) or _lost_part(unit)
    for track in unit.asset.renditions.filter(name__in=unit.rungs):
        if move_rendition(track.pk, RenditionEvent.FAILED, reason=reason):
            planning.drop(unit.asset_id, track.name)


def _tries_apart(unit: WorkUnit) -> bool:
    """Whether its sounds are units of their own now: in one pass, one that cannot be read takes the others along."""
    if unit.kind != UnitKind.AUDIO or len(unit.rungs) == 1:
        return False
    for track in unit.asset.renditions.filter(name__in=unit.rungs, state__in=UNFINISHED):
        planning.fill(track)
    return True


def _lost_part(unit: WorkUnit) -> str:
    """Where in the film it happened: whoever has the file can look at that place."""
    tracks = unit.asset.renditions.filter(name__in=unit.rungs)
    starts = [track.segments.start_s(index) for track in tracks for index in _unmade(track, unit)[:1]]
    if not starts:
        return "It could not be made, three times in a row."
    at = timedelta(seconds=int(min(starts)))
    return f"The film could not be converted from {at} on, three times in a row. The file may be damaged there."


def _unmade(track: Rendition, unit: WorkUnit) -> list[int]:
    return missing(bytes(track.bitmap), unit.first, min(unit.last, track.segment_count))


def reap() -> None:
    """Take back what dead workers held, and have it done at once: one question while all are alive."""
    leases.wake_workers(leases.reap(_accept_defeat))


def sweep() -> None:
    """Take back expired leases, wake workers, clear the folders of dead attempts, settle what waits for it."""
    leases.reap(_accept_defeat)
    abandoning.forget_wishes()
    playback.forget_admissions()
    try:
        space.sweep()  # first: what follows may need the room
    except OSError as error:
        log.warning("space.not_swept", error=str(error))
    waiting = _waiting_assets()
    for asset_id in waiting:
        planning.plan_for(asset_id)
    pending = WorkUnit.objects.filter(state=UnitState.PENDING).count()
    leases.wake_workers(min(pending, slots_for(cores()).threads))
    _clear_work()
    with try_to_hold("streaming.settling") as is_mine:  # last: a proof may take longer than it is until the next sweep
        for asset_id in waiting if is_mine else ():
            _settle(asset_id)


def _waiting_assets() -> list[UUID]:
    """What nobody works on and is not whole; a complete film of which a part was repaired is among them."""
    is_open = Q(state__in=[AssetState.PROBING, AssetState.PLAYABLE])
    is_mended = Q(state=AssetState.COMPLETE, renditions__state__in=UNFINISHED, renditions__on_demand=False)
    waiting = MediaAsset.objects.filter(is_open | is_mended).exclude(units__state=UnitState.LEASED)
    return list(waiting.distinct().values_list("pk", flat=True))


def _clear_work() -> None:
    leased = {
        f"{unit.pk}-{unit.attempt}" for unit in WorkUnit.objects.filter(state=UnitState.LEASED).only("pk", "attempt")
    }
    for path in store.work_folders():
        with suppress(FileNotFoundError):  # a draft that was published meanwhile
            if path.name not in leased and time.time() - path.stat().st_mtime > STALE_WORK_S:
                store.discard(path)
