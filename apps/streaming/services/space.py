"""Whether there is room for work: the quota, the disk's floor, and what happens when a disk is full all the same.

Invariant: a lack of room is nobody's failure. Work waits with a reason, less valuable things go, and the sweep starts
it again when there is room. Where none can come, ``fitting`` ends the wait.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone
from structlog import get_logger

from apps.common.jobs import Job, enqueue
from apps.common.locks import try_to_hold
from apps.streaming.adapters import store
from apps.streaming.domain.estimates import extras_estimate_bytes
from apps.streaming.domain.progress import count
from apps.streaming.domain.retention import StorageEventKind
from apps.streaming.domain.states import AssetState, UnitKind
from apps.streaming.models import MediaAsset, StorageEvent, TitleCare, WorkUnit
from apps.streaming.services import care, eviction, fitting, leases, ledger, uploads
from apps.streaming.services.quota import floor_bytes, largest_bytes, quota_bytes
from apps.streaming.services.victims import next_title

log = get_logger(__name__)

RETRY_AFTER = timedelta(seconds=10)
REPEAT_AFTER = timedelta(minutes=10)  # a full disk is one event, not one for each unit that meets it
DISK_FULL = "The disk is full. It goes on by itself as soon as there is space."
FOR_WORK = "A film that is being prepared needs the room."
FOR_DOWNLOAD = "A film that somebody asked for needs the room."
FOR_DISK = "The disk was nearly full."
PRESSURE = 0.85  # of the quota: from here on people are told what would go next
NOTICE = timedelta(days=3)
LOCK = "streaming.space.sweep"
STRAYS_EVERY_S = 3600.0


class Room(StrEnum):
    """The answer to a download that asks for room."""

    GRANTED = "granted"
    SHORT = "short"
    TOO_LARGE = "too_large"  # it would not fit into an empty store


@dataclass
class LastLook:
    """When this process looked for strays in a bucket."""

    at_s: float | None = None


_last_look = LastLook()


def admits(unit: WorkUnit) -> bool:
    """Whether the unit may begin now. Called right after a claim; when not, the unit goes back without a failure.

    Raises GivenUp when there is never going to be room for it, LeaseLost.
    """
    if not has_floor() and not _free_the_floor():
        _record_full_disk(unit)
        return _pause(unit, DISK_FULL)
    if unit.kind == UnitKind.PREPARE or _has_room(unit):
        if MediaAsset.objects.filter(pk=unit.asset_id).exclude(pause_reason="").update(pause_reason=""):
            enqueue(Job.ASSET_CHANGED, str(unit.asset_id))
        return True
    return _pause(unit, fitting.NO_ROOM)


def note_full_disk(unit: WorkUnit) -> None:
    """A write of the unit met ENOSPC or EDQUOT: make room; the unit goes back without a failure."""
    log.warning("disk.full", unit=str(unit.pk), asset=str(unit.asset_id))
    _record_full_disk(unit)
    _pause(unit, DISK_FULL)
    _free_the_floor()


def note_not_here(unit: WorkUnit, reason: str) -> None:
    """The source has not got that part yet; the unit went back without a failure."""
    log.info("unit.waits_for_source", unit=str(unit.pk), asset=str(unit.asset_id))
    _pause(unit, reason)


def room_for_download(torrent_id: UUID, wanted_bytes: int) -> Room:
    """Reserve room for a held download, making some if need be, and let it go."""
    if wanted_bytes > largest_bytes():
        return Room.TOO_LARGE
    floor = floor_bytes()
    short_bytes = ledger.reserve_download(torrent_id, wanted_bytes, floor_bytes=floor)
    if short_bytes and eviction.make_room(short_bytes, FOR_DOWNLOAD):
        short_bytes = ledger.reserve_download(torrent_id, wanted_bytes, floor_bytes=floor)
    return Room.SHORT if short_bytes else Room.GRANTED


def has_floor() -> bool:
    return store.free_bytes() >= floor_bytes()


def sweep() -> None:
    """Finish what evictions began, keep the disk's floor, measure what was estimated, and tell what leaves next."""
    with try_to_hold(LOCK) as is_mine:
        if not is_mine:
            return
        eviction.clear_evicted()
        if _is_time_for_strays():
            eviction.clear_strays()
        uploads.sweep_uploads()
        ledger.correct_claims()
        _measure_extras()
        if not has_floor():
            _free_the_floor()
        announce_leaving()
        _forget_reasons()


def announce_leaving() -> None:
    """While the store is nearly full, the title that would go next says so; nothing goes before it must."""
    usage = ledger.usage()
    is_pressed = usage.total_bytes >= PRESSURE * quota_bytes(usage.used_bytes)
    marked = dict(TitleCare.objects.exclude(leaves_at=None).values_list("pk", "leaves_at"))
    leaving = next_title() if is_pressed else None
    for title_id in marked.keys() - ({leaving.title_id} if leaving else set()):
        care.set_leaving(title_id, None)
    if leaving and _has_no_notice(marked.get(leaving.title_id)):
        care.set_leaving(leaving.title_id, timezone.now() + NOTICE)


def _has_no_notice(leaves_at: datetime | None) -> bool:
    """A day that passed is none: it counts anew."""
    return leaves_at is None or leaves_at <= timezone.now()


def _is_time_for_strays() -> bool:
    """Looking through a bucket takes a request for each film."""
    now_s = time.monotonic()
    if not store.is_local() and _last_look.at_s is not None and now_s - _last_look.at_s < STRAYS_EVERY_S:
        return False
    if not store.is_local():
        _last_look.at_s = now_s
    return True


def _forget_reasons() -> None:
    """A film that nothing more is made of stands still for no reason."""
    told = MediaAsset.objects.exclude(pause_reason="").exclude(units__state__in=ledger.UNFINISHED)
    for asset_id in told.values_list("pk", flat=True):
        MediaAsset.objects.filter(pk=asset_id).update(pause_reason="")
        enqueue(Job.ASSET_CHANGED, str(asset_id))


def _has_room(unit: WorkUnit) -> bool:
    """Room for all of its renditions, or at least for its own segments. Raises GivenUp, LeaseLost."""
    if not _has_room_for_extras(unit):
        return False
    short_bytes, is_there_more = ledger.reserve(unit, is_whole=True), True
    if short_bytes:
        is_there_more = _make_room(unit, short_bytes)
        short_bytes = ledger.reserve(unit, is_whole=True)
    if not short_bytes:
        return True
    asset = MediaAsset.objects.get(pk=unit.asset_id)
    is_waiting_vain = not is_there_more and not fitting.moves_elsewhere(asset.pk)
    if not _is_made_once_more(unit, asset) and (is_waiting_vain or fitting.never_comes(asset, short_bytes)):
        fitting.make_on_demand(unit)
    return _has_room_for_span(unit)


def _is_made_once_more(unit: WorkUnit, asset: MediaAsset) -> bool:
    """A part of what was whole: on demand, all that is there of it might go for the part."""
    tracks = asset.renditions.filter(name__in=unit.rungs)
    return asset.state == AssetState.COMPLETE and all(
        2 * count(bytes(track.bitmap)) > track.segment_count for track in tracks
    )


def _has_room_for_extras(unit: WorkUnit) -> bool:
    """Without them nothing of a film can be shown."""
    asset = MediaAsset.objects.get(pk=unit.asset_id)
    if asset.extra_bytes:
        return True
    extras_bytes = extras_estimate_bytes(asset.duration_s or 0.0)
    short_bytes = ledger.reserve_extras(asset.pk, extras_bytes)
    if short_bytes and _make_room(unit, short_bytes):
        short_bytes = ledger.reserve_extras(asset.pk, extras_bytes)
    if not short_bytes:
        return True
    return fitting.go_without(unit, partial(ledger.reserve_extras, asset.pk, extras_bytes), is_for_all=True)


def _has_room_for_span(unit: WorkUnit) -> bool:
    """Room for the unit's own segments, when the whole rendition finds none."""
    short_bytes = ledger.reserve(unit, is_whole=False)
    if short_bytes and _make_room(unit, short_bytes):
        short_bytes = ledger.reserve(unit, is_whole=False)
    while short_bytes and fitting.halve(unit):
        short_bytes = ledger.reserve(unit, is_whole=False)
    return not short_bytes or fitting.go_without(unit, partial(ledger.reserve, unit, is_whole=False))


def _make_room(unit: WorkUnit, short_bytes: int) -> bool:
    """As ``eviction.make_room``; the unit stays ours meanwhile. Raises LeaseLost."""
    return eviction.make_room(short_bytes, FOR_WORK, keep_alive=partial(leases.heartbeat, unit))


def _pause(unit: WorkUnit, reason: str) -> bool:
    """Others go first for a while; the asset keeps its state and says why it stands still. Always False."""
    WorkUnit.objects.filter(pk=unit.pk).update(not_before=timezone.now() + RETRY_AFTER)
    if MediaAsset.objects.filter(pk=unit.asset_id).exclude(pause_reason=reason).update(pause_reason=reason):
        enqueue(Job.ASSET_CHANGED, str(unit.asset_id))
    return False


def _free_the_floor() -> bool:
    """Whether the disk has its floor, after evicting what must go for it."""
    short_bytes = floor_bytes() - store.free_bytes()
    if short_bytes > 0:
        eviction.make_room(short_bytes, FOR_DISK)
    return has_floor()


def _record_full_disk(unit: WorkUnit) -> None:
    recent = StorageEvent.objects.filter(kind=StorageEventKind.FULL_DISK, at__gt=timezone.now() - REPEAT_AFTER)
    if recent.exists():
        return
    title = unit.asset.title
    StorageEvent.objects.create(
        kind=StorageEventKind.FULL_DISK, title_id=title.pk, title=title.name, what=f"{unit.kind} work", reason=DISK_FULL
    )


def _measure_extras() -> None:
    for asset in MediaAsset.objects.filter(state=AssetState.COMPLETE, extra_bytes__gt=0):
        if asset.extra_bytes == extras_estimate_bytes(asset.duration_s or 0.0):
            files = store.sizes(store.folder(asset.pk, asset.epoch))
            stored_bytes = sum(size for path, size in files.items() if not uploads.is_upload(path))
            tracks_bytes = asset.renditions.aggregate(total=Sum("size_bytes"))["total"] or 0
            extras = max(1, stored_bytes - tracks_bytes)
            MediaAsset.objects.filter(pk=asset.pk, state=AssetState.COMPLETE).update(extra_bytes=extras)
