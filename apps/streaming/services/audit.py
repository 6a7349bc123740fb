"""Compares the store with what was published: finds missing, empty and altered files, and has them rebuilt.

Invariant: a repair removes a file only while its bit is set and nobody can change that; no maker publishes such a
segment, so what goes is what was found. Bits and plan change in the same transaction: after a kill the bits are as
before, and the next audit finds what is missing. The title stays watchable, since a missing segment is made just in
time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from structlog import get_logger

from apps.streaming.adapters import store
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.progress import empty_bitmap, has_bit, missing, with_bit
from apps.streaming.domain.retention import StorageEventKind
from apps.streaming.domain.states import RenditionEvent, UnitKind
from apps.streaming.models import MediaAsset, Rendition, StorageEvent, StoredSegment, WorkUnit
from apps.streaming.services import ledger, planning
from apps.streaming.services.locking import hold_asset, hold_tracks
from apps.streaming.services.moves import move_rendition
from apps.streaming.services.stored import LISTS, path_of, pictures_of

log = get_logger(__name__)

KIND_OF_LIST = {
    TrackKind.SUBTITLE: UnitKind.SUBTITLES,
    TrackKind.IMAGE: UnitKind.PICTURES,
    TrackKind.TRICKPLAY: UnitKind.TRICKPLAY,
}

REMOVED_AT_ONCE = 10  # a bucket may take long, and whoever needs the film's rows waits


class Fault(StrEnum):
    MISSING = "missing"
    EMPTY = "empty"
    ALTERED = "altered"
    UNREADABLE = "unreadable"
    UNREACHABLE = "not to be reached"  # the store did not answer: nothing is known of the file


@dataclass(frozen=True, slots=True)
class Finding:
    asset: MediaAsset
    track: Rendition
    index: int
    fault: Fault
    is_init: bool = False  # ``index`` is then the segment that is made again with it

    def __str__(self) -> str:
        if self.is_init:
            return f"{self.asset.title.name}: {self.track.name}'s init segment is {self.fault}."
        if self.track.kind in LISTS:
            file = path_of(self.track, self.asset.epoch, self.index)
            return f"{self.asset.title.name}: {self.track.name}'s file {file.name} is {self.fault}."
        return f"{self.asset.title.name}: {self.track.name} segment {self.index} is {self.fault}."


def findings(*, is_deep: bool = True) -> Iterator[Finding]:
    """Every published file that is not what was published. Without ``is_deep`` only sizes are compared."""
    assets = MediaAsset.objects.filter(state__in=planning.PLANNED).select_related("title")
    for asset in assets.order_by("created_at"):
        for track in asset.renditions.order_by("name"):
            yield from _of_track(asset, track, is_deep=is_deep)


def _of_track(asset: MediaAsset, track: Rendition, *, is_deep: bool) -> Iterator[Finding]:
    known = {row.index: row for row in track.stored.all()}
    bitmap = bytes(track.bitmap)
    published = [index for index in range(track.segment_count) if has_bit(bitmap, index)]
    published += _pictures_of(asset, track, known) if published else []
    init_fault = _fault_of_init(asset, track, is_deep=is_deep) if published else None
    if init_fault is not None:
        yield Finding(asset, track, published[0], init_fault, is_init=True)
    for index in published:
        fault = _fault_of(asset, track, index, known.get(index), is_deep=is_deep)
        if fault is not None:
            yield Finding(asset, track, index, fault)


def _pictures_of(asset: MediaAsset, track: Rendition, known: Iterable[int]) -> list[int]:
    """The pictures that the track's list names, by index. What older versions published is known by its list alone."""
    if track.kind not in {TrackKind.IMAGE, TrackKind.TRICKPLAY}:
        return []
    if noted := sorted(index for index in known if index > 0):
        return noted
    try:
        return sorted(pictures_of(track, store.read_bytes(path_of(track, asset.epoch, 0))))
    except OSError:  # a finding of its own
        return []


def _fault_of_init(asset: MediaAsset, track: Rendition, *, is_deep: bool) -> Fault | None:
    if track.kind in LISTS:
        return None
    path = store.folder(asset.pk, asset.epoch) / track.name / command.INIT
    try:
        found = store.find(path)
        if found is None:
            return Fault.MISSING
        if found.size_bytes == 0:
            return Fault.EMPTY
        if is_deep and track.init_sha256 and store.sha256_of(path).hex() != track.init_sha256:
            return Fault.ALTERED
    except OSError as error:
        return _fault_of_error(path, error)
    return None


def _fault_of(
    asset: MediaAsset, track: Rendition, index: int, known: StoredSegment | None, *, is_deep: bool
) -> Fault | None:
    path = path_of(track, asset.epoch, index)
    try:
        found = store.find(path)
        if found is None:
            return Fault.MISSING
        if found.size_bytes == 0:
            return Fault.EMPTY
        if known is None:
            return None
        if found.size_bytes != known.size_bytes:
            return Fault.ALTERED
        if is_deep and store.sha256_of(path) != bytes(known.sha256):
            return Fault.ALTERED
    except OSError as error:
        return _fault_of_error(path, error)
    return None


def _fault_of_error(path: Path, error: OSError) -> Fault:
    """A bucket that does not answer has no errno; a bad disk has."""
    if isinstance(error, FileNotFoundError):  # taken away a moment ago
        return Fault.MISSING
    log.warning("audit.unreadable", path=str(path), error=str(error))
    return Fault.UNREACHABLE if error.errno is None else Fault.UNREADABLE


def repair(track_id: UUID, indexes: list[int]) -> bool:
    """Have these segments made again. False when their source is gone, or the store cannot be written: then they are
    made when it can be."""
    track = Rendition.objects.select_related("asset__title").filter(pk=track_id).first()
    if track is None or not (track.asset.has_source and ledger.has_source_file(track.asset)):
        return False
    bad = sorted(set(indexes))
    step = max(1, len(bad)) if track.kind in LISTS else REMOVED_AT_ONCE
    parts = [bad[at : at + step] for at in range(0, len(bad), step)]
    left = [part for part in parts if not _begin_again(track, part, told=len(bad) if part is parts[0] else 0)]
    return not left


def _begin_again(before: Rendition, indexes: list[int], *, told: int) -> bool:
    """Remove the files, clear the bits and plan the work. False when the film or its source was removed, or it is made
    anew by now, or a file is left: it is replaced when it is made again.

    ``told`` is the number of files that the operator is told of, 0 for another round of the same repair.
    """
    with transaction.atomic():
        asset = hold_asset(before.asset_id)
        track = next(iter(hold_tracks(before.asset_id, [before.name])), None)
        if asset is None or asset.epoch != before.asset.epoch or track is None or track.pk != before.pk:
            return False
        if not asset.has_source:
            return False
        published = _published_of(track, indexes)  # the rest was taken away meanwhile, and may be on its way again
        if not published:
            return True
        is_init_bad = _fault_of_init(asset, track, is_deep=True) not in {None, Fault.UNREACHABLE}
        bad = [path_of(track, asset.epoch, index) for index in published]
        if is_init_bad:
            bad.append(store.folder(asset.pk, asset.epoch) / track.name / command.INIT)
        left = [path for path in bad if not _remove(track, path)]
        clear_bits(track, published)
        _plan(track, published, is_init_bad=is_init_bad)
        if told:
            _note_damage(asset, track, told)
    return not left


def _note_damage(asset: MediaAsset, track: Rendition, number: int) -> None:
    StorageEvent.objects.create(
        kind=StorageEventKind.DAMAGE,
        title_id=asset.title_id,
        title=asset.title.name,
        what=f"{track.name}, {number} {'files' if track.kind in LISTS else 'segments'}",
        reason="The audit found them missing or altered; they are made again.",
    )


def _published_of(track: Rendition, indexes: list[int]) -> list[int]:
    """A list's bit stands for the pictures that it names."""
    bitmap = bytes(track.bitmap)
    return [index for index in indexes if has_bit(bitmap, 0 if track.kind in LISTS else index)]


def _remove(track: Rendition, path: Path) -> bool:
    try:
        store.remove_file(path)
    except OSError as error:
        log.warning("audit.not_removed", track=track.name, path=str(path), error=str(error))
        return False
    return True


def clear_bits(track: Rendition, indexes: list[int]) -> None:
    """Nobody is told of these segments any more; a track without segments is forgotten whole. The caller holds it."""
    rows = StoredSegment.objects.filter(rendition=track)
    lost = {0} if track.kind in LISTS else set(indexes)
    gone = rows if track.kind in LISTS else rows.filter(index__in=indexes)
    bitmap = empty_bitmap(track.segment_count)
    for index in range(track.segment_count):
        if has_bit(bytes(track.bitmap), index) and index not in lost:
            bitmap = with_bit(bitmap, index)
    gone_bytes = gone.aggregate(total=Sum("size_bytes"))["total"] or 0
    # A list is forgotten whole; older versions wrote down nothing of its pictures.
    size_bytes = 0 if track.kind in LISTS else max(0, track.size_bytes - gone_bytes)
    # The claim keeps the room for what is made again.
    claim_bytes = max(track.claim_bytes, track.size_bytes)
    Rendition.objects.filter(pk=track.pk).update(bitmap=bitmap, size_bytes=size_bytes, claim_bytes=claim_bytes)
    gone.delete()
    if not track.on_demand:
        move_rendition(track.pk, RenditionEvent.DAMAGED)
    track.refresh_from_db(fields=["bitmap"])


def _plan(track: Rendition, indexes: list[int], *, is_init_bad: bool) -> None:
    """Units for what is missing; a track that has no segments is made whole by a unit of its own kind."""
    if track.on_demand:
        if is_init_bad:  # nobody asks for it by itself: it is made with a segment
            planning.rebuild(track, indexes[:1])
        return
    if track.kind not in LISTS:
        planning.rebuild(track, missing(bytes(track.bitmap), 0, track.segment_count))
        return
    plan_list(track)


def plan_list(track: Rendition) -> None:
    WorkUnit.objects.create(
        asset_id=track.asset_id,
        kind=KIND_OF_LIST[TrackKind(track.kind)],
        rungs=[track.name],
        last=1,
        priority=Priority.REST,
        base_priority=Priority.REST,
    )
