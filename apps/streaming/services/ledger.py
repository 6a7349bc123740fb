"""The one account of bytes: downloads, renditions, their extras, what people added, and work that was left behind.

Invariant: whoever raises the sum does it inside ``reserve`` or ``reserve_download``, under one lock, after looking at
the quota; it is lowered only after the files are gone. So the disk never holds more than the sum, nor the sum more
than the quota.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Greatest

from apps.common.locks import hold_until_commit
from apps.streaming.adapters import store
from apps.streaming.domain.estimates import estimate_bytes, segments_of
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.progress import missing
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, Rendition, StoredSegment, StoredUpload, WorkUnit
from apps.streaming.services import sources
from apps.streaming.services.locking import hold_asset, hold_tracks
from apps.streaming.services.quota import quota_bytes
from apps.torrents import selectors as torrents
from apps.torrents import services as torrent_wishes

LOCK = "streaming.space"
UNFINISHED = (UnitState.PENDING, UnitState.LEASED)
NOTHING_LEFT = (RenditionState.READY, RenditionState.FAILED)
REMOVED_AT_ONCE = 25  # files: a bucket takes a second for them, and whoever wants the rendition's row waits that long
KeepAlive = Callable[[], None]  # called between two steps that may take a second each, and never inside a transaction


def nothing() -> None:
    """For those who have no lease to keep."""


@dataclass(frozen=True, slots=True)
class Usage:
    used_bytes: int  # on the disk
    reserved_bytes: int  # promised to work that is under way

    @property
    def total_bytes(self) -> int:
        return self.used_bytes + self.reserved_bytes


def usage() -> Usage:
    tracks = _living_tracks().aggregate(used=Sum("size_bytes"), total=Sum(Greatest("claim_bytes", "size_bytes")))
    extras = MediaAsset.objects.exclude(state=AssetState.FAILED).aggregate(total=Sum("extra_bytes"))["total"] or 0
    uploads = StoredUpload.objects.aggregate(total=Sum("size_bytes"))["total"] or 0
    used = (tracks["used"] or 0) + extras + uploads + _stray_bytes()
    downloads = torrents.held_bytes()
    on_disk = min(downloads, torrents.fetched_bytes())
    return Usage(used + on_disk, (tracks["total"] or 0) - (tracks["used"] or 0) + downloads - on_disk)


def promised_to_disk_bytes(known: Usage) -> int:
    """What was granted and is not written yet, on the disk where work is done; films may be in a bucket."""
    if store.is_local():
        return known.reserved_bytes
    held = torrents.held_bytes()
    return held - min(held, torrents.fetched_bytes())


def reserve(unit: WorkUnit, *, is_whole: bool) -> int:
    """Claim what the unit's renditions (or, with ``is_whole`` False, its own segments) may take.

    Pictures claim the sound that they need with them, so that they never take its room. Returns the bytes that are
    short of the quota: 0 when it is claimed now. Work that has its claim asks for nothing.
    """
    with transaction.atomic():
        hold_until_commit(LOCK)
        hold_asset(unit.asset_id)  # several renditions
        tracks = hold_tracks(unit.asset_id, [*unit.rungs, *_sounds_of(unit, is_whole=is_whole)])
        claims = {track.pk: (track, _claim_of(track, unit, is_whole=is_whole)) for track in tracks}
        growth = sum(max(0, claim - _held_by(track)) for track, claim in claims.values())
        if growth:
            short = _short_bytes(usage(), growth)
            if short > 0:
                return short
        for track, claim in claims.values():
            if claim > track.claim_bytes:
                Rendition.objects.filter(pk=track.pk).update(claim_bytes=claim)
    return 0


def reserve_extras(asset_id: UUID, extra_bytes: int) -> int:
    """Claim room for an asset's playlists and pictures; as ``reserve``."""
    with transaction.atomic():
        hold_until_commit(LOCK)
        asset = MediaAsset.objects.get(pk=asset_id)
        growth = max(0, extra_bytes - asset.extra_bytes)
        short = _short_bytes(usage(), growth) if growth else 0
        if short > 0:
            return short
        MediaAsset.objects.filter(pk=asset_id).update(extra_bytes=max(extra_bytes, asset.extra_bytes))
    return 0


def reserve_uploads(claims: list[StoredUpload]) -> int:
    """Claim room for files that are about to be written; as ``reserve``. What goes by then goes later."""
    with transaction.atomic():
        hold_until_commit(LOCK)
        held = {(row.subtitle_id, row.name): row.size_bytes for row in _same_uploads(claims)}
        growth = sum(max(0, claim.size_bytes - held.get((claim.subtitle_id, claim.name), 0)) for claim in claims)
        short = _short_bytes(usage(), growth) if growth else 0
        if short > 0:
            return short
        for claim in claims:
            claim.size_bytes = max(claim.size_bytes, held.get((claim.subtitle_id, claim.name), 0))
        StoredUpload.objects.bulk_create(
            claims,
            update_conflicts=True,
            unique_fields=["subtitle_id", "name"],
            update_fields=["size_bytes"],
        )
        for claim in claims:  # what stays stays
            row = StoredUpload.objects.filter(subtitle_id=claim.subtitle_id, name=claim.name)
            row.filter(goes_at__lt=claim.goes_at).update(goes_at=claim.goes_at)
    return 0


def _same_uploads(claims: list[StoredUpload]) -> QuerySet[StoredUpload]:
    return StoredUpload.objects.filter(subtitle_id__in=[claim.subtitle_id for claim in claims])


def reserve_download(torrent_id: UUID, wanted_bytes: int, *, floor_bytes: int = 0) -> int:
    """Claim room for a held download and let it go; as ``reserve``. The disk keeps ``floor_bytes`` free besides."""
    with transaction.atomic():
        hold_until_commit(LOCK)
        known = usage()
        disk_short = floor_bytes + promised_to_disk_bytes(known) + wanted_bytes - store.free_bytes()
        short = max(_short_bytes(known, wanted_bytes), disk_short)
        if short > 0:
            return short
        torrent_wishes.grant_space(torrent_id, wanted_bytes)
    return 0


def correct_claims(only: Iterable[UUID] | None = None, *, keep_alive: KeepAlive = nothing) -> None:
    """Give back what was claimed and is not needed any more; files that lost their bit are removed first."""
    loose = _living_tracks().exclude(claim_bytes=0)
    loose = loose if only is None else loose.filter(pk__in=list(only))
    for track_id in list(loose.values_list("pk", flat=True)):
        _correct(track_id, keep_alive)


def _correct(track_id: UUID, keep_alive: KeepAlive) -> None:
    tracks = Rendition.objects.select_for_update(of=("self",)).select_related("asset").filter(pk=track_id)
    is_clear = False
    while not is_clear:
        with transaction.atomic():  # without the lock: a bucket may take long, and only this row's publishers wait
            before = tracks.first()
            if before is None:
                return
            is_clear = _clear_files(before)
        keep_alive()
    with transaction.atomic():
        hold_until_commit(LOCK)
        track = tracks.first()
        if (
            track is None or before is None or _has_lost_bits(before, track)
        ):  # evicted meanwhile: those files are still there
            return
        if not track.on_demand and track.state in NOTHING_LEFT:
            claim = 0
        else:
            claim = min(track.claim_bytes, _claim_of(track, None, is_whole=not track.on_demand))
        # A claim that adds nothing to the size is none: nobody looks for files of a rendition without a claim.
        claim = claim if claim > track.size_bytes else 0
        Rendition.objects.filter(pk=track_id).update(claim_bytes=claim)


def _has_lost_bits(before: Rendition, now: Rendition) -> bool:
    return bool(int.from_bytes(bytes(before.bitmap)) & ~int.from_bytes(bytes(now.bitmap)))


def _clear_files(track: Rendition) -> bool:
    """Remove some of the segments whose bit is gone; whether these were all. The caller holds the row, and no bit is
    set without it."""
    if not track.on_demand or track.kind != TrackKind.VIDEO:
        return True
    leased = WorkUnit.objects.filter(asset_id=track.asset_id, state=UnitState.LEASED, rungs__contains=[track.name])
    spans = list(leased.values_list("first", "last"))
    loose = set(missing(bytes(track.bitmap), 0, track.segment_count)) - set(
        segments_of(spans, range(track.segment_count))
    )
    stored = store.sizes(store.folder(track.asset_id, track.asset.epoch) / track.name)
    left = [path for path in stored if _index_of(path) in loose]
    for path in left[:REMOVED_AT_ONCE]:
        store.remove_file(path)
    return len(left) <= REMOVED_AT_ONCE


def payload_of(asset: MediaAsset) -> tuple[UUID, int] | None:
    """The torrent that the asset was made from, and its bytes; None when the file is not a download of ours."""
    return torrents.payloads([asset.source]).get(asset.source)


def bytes_of(assets: QuerySet[MediaAsset]) -> int:
    """What these films hold of the account: their downloads, and what was made of them and may still grow."""
    made = Rendition.objects.filter(asset__in=assets).aggregate(total=Sum(Greatest("claim_bytes", "size_bytes")))
    extras = assets.aggregate(total=Sum("extra_bytes"))
    payloads = torrents.payloads(assets.filter(has_source=True).values_list("source", flat=True))
    return (made["total"] or 0) + (extras["total"] or 0) + sum(size_bytes for _, size_bytes in payloads.values())


def has_source_file(asset: MediaAsset) -> bool:
    return sources.open_source(asset).is_there()


def made_bytes(asset: MediaAsset) -> int:
    """What was made from the source, and may still grow."""
    tracks = asset.renditions.aggregate(total=Sum(Greatest("claim_bytes", "size_bytes")))
    return (tracks["total"] or 0) + asset.extra_bytes


def dropped_bytes(track: Rendition, indices: Iterable[int]) -> int:
    rows = StoredSegment.objects.filter(rendition=track, index__in=list(indices))
    return rows.aggregate(total=Sum("size_bytes"))["total"] or 0


def _short_bytes(known: Usage, growth: int) -> int:
    return known.total_bytes + growth - quota_bytes(known.used_bytes)


def _index_of(path: Path) -> int:
    return int(path.stem) if path.suffix == ".m4s" and path.stem.isdigit() else -1


def _living_tracks() -> QuerySet[Rendition]:
    return Rendition.objects.exclude(asset__state=AssetState.FAILED)


def _held_by(track: Rendition) -> int:
    return max(track.claim_bytes, track.size_bytes)


def _sounds_of(unit: WorkUnit, *, is_whole: bool) -> list[str]:
    """Unfinished sounds that a unit of pictures is nothing without: all of them for a whole rendition."""
    if unit.kind != UnitKind.VIDEO or not unit.rungs:
        return []
    sounds = Rendition.objects.filter(asset_id=unit.asset_id, kind=TrackKind.AUDIO).exclude(state__in=NOTHING_LEFT)
    wanted = sounds if is_whole else sounds.filter(recipe_data__is_default=True)
    return list(wanted.values_list("name", flat=True))


def _claim_of(track: Rendition, unit: WorkUnit | None, *, is_whole: bool) -> int:
    """What the rendition takes when everything that is planned for it is made."""
    open_ones = missing(bytes(track.bitmap), 0, track.segment_count)
    if track.on_demand or not (is_whole or track.kind == TrackKind.AUDIO):  # sound is claimed whole, wherever it begins
        others = WorkUnit.objects.filter(asset_id=track.asset_id, rungs__contains=[track.name], state__in=UNFINISHED)
        if not track.on_demand:  # this unit alone: what is leased besides has its claim already
            others = others.filter(state=UnitState.LEASED)
        spans = list(others.values_list("first", "last")) + ([(unit.first, unit.last)] if unit else [])
        open_ones = segments_of(spans, open_ones)
    source_bytes = int(track.asset.facts.get("size_bytes", 0))
    kind = TrackKind(track.kind)
    return track.size_bytes + estimate_bytes(track.recipe, kind, track.segments, open_ones, source_bytes=source_bytes)


def _stray_bytes() -> int:
    """What killed workers left in work folders: nobody's claim covers it."""
    leased = WorkUnit.objects.filter(state=UnitState.LEASED).values_list("pk", "attempt")
    names = {f"{pk}-{attempt}" for pk, attempt in leased}
    return sum(store.work_bytes(path) for path in store.work_folders() if path.name not in names)
