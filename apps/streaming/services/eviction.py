"""Removes what is worth least until there is room, and writes down what went and why.

Invariant: first the row says that a file is gone, then the file goes, then its bytes are free to others. A kill
between any two steps leaves a file too many, never a promise without a file; the sweep finishes what was begun. What
was chosen is looked at again once the film is held: of nothing goes both what it was made from and what was made.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from structlog import get_logger

from apps.catalog import services as catalog
from apps.catalog.domain.titles import Availability
from apps.common.jobs import Job, enqueue
from apps.common.locks import try_to_hold
from apps.streaming.adapters import store
from apps.streaming.domain.encoders import AFTER_A_CARD, planned_name
from apps.streaming.domain.progress import empty_bitmap, has_bit, with_bit
from apps.streaming.domain.retention import Candidate, StorageEventKind, Value, choose_victims
from apps.streaming.domain.states import AssetEvent, AssetState, RenditionEvent, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, StorageEvent, StoredSegment
from apps.streaming.services import ledger
from apps.streaming.services.care import locked_care
from apps.streaming.services.ledger import KeepAlive, nothing
from apps.streaming.services.locking import hold_asset, hold_tracks
from apps.streaming.services.mastering import publish_master
from apps.streaming.services.moves import move_asset, move_rendition
from apps.streaming.services.victims import candidates, droppable, spare_payload
from apps.torrents import services as torrents

log = get_logger(__name__)

LOCK = "streaming.eviction"


def make_room(short_bytes: int, reason: str, *, keep_alive: KeepAlive = nothing) -> bool:
    """Evict the least valuable things worth ``short_bytes``. False when there is not that much.

    It may take minutes in a bucket: ``keep_alive`` is called all the while, and what it raises ends it between two
    steps. A download's bytes are free a second later, when torrentd has deleted it. While another evicts, there may
    be room any moment.
    """
    with try_to_hold(LOCK) as is_mine:
        if not is_mine:
            return True
        ledger.correct_claims(keep_alive=keep_alive)
        known = candidates()
        victims = choose_victims(known.things, needed_bytes=short_bytes - known.leaving_bytes, now=known.now)
        for victim in victims:
            keep_alive()
            evict(victim, reason, keep_alive=keep_alive)
    return bool(victims) or known.leaving_bytes >= short_bytes


def evict(victim: Candidate, reason: str, *, keep_alive: KeepAlive = nothing) -> None:
    if victim.value == Value.TITLE:
        evict_title(victim.thing_id, reason)
    elif victim.value == Value.PAYLOAD:
        evict_payload(victim.thing_id, reason, keep_alive=keep_alive)
    else:
        evict_rung(victim.thing_id, reason, is_leftover=victim.value == Value.LEFTOVER, keep_alive=keep_alive)


def evict_rung(rendition_id: UUID, reason: str, *, is_leftover: bool = False, keep_alive: KeepAlive = nothing) -> None:
    """Back to its first minute; the rest is made again where somebody watches. Safe to repeat."""
    if _forget_segments(rendition_id, reason, is_leftover=is_leftover):
        ledger.correct_claims([rendition_id], keep_alive=keep_alive)


def _forget_segments(rendition_id: UUID, reason: str, *, is_leftover: bool) -> bool:
    with transaction.atomic():
        asset_id = Rendition.objects.filter(pk=rendition_id).values_list("asset_id", flat=True).first()
        asset = hold_asset(asset_id) if asset_id else None
        if asset is None or (not is_leftover and (_is_protected(asset) or asset.state == AssetState.PROBING)):
            return False
        if not (asset.has_source and ledger.has_source_file(asset)):  # nothing could make them again
            return False
        track = Rendition.objects.select_for_update(of=("self",)).select_related("asset__title").get(pk=rendition_id)
        dropped = droppable(track, is_leftover=is_leftover)
        if not dropped or (not is_leftover and not move_rendition(track.pk, RenditionEvent.EVICTED)):
            return False
        freed = ledger.dropped_bytes(track, dropped)
        held = max(track.claim_bytes, track.size_bytes)
        bitmap = bytes(track.bitmap)
        kept = empty_bitmap(track.segment_count)
        for index in range(track.segment_count):
            if has_bit(bitmap, index) and index not in dropped:
                kept = with_bit(kept, index)
        # The claim keeps the bytes until the files are gone.
        changes = {"bitmap": kept, "size_bytes": track.size_bytes - freed, "claim_bytes": held, "on_demand": True}
        Rendition.objects.filter(pk=track.pk).update(**changes)
        StoredSegment.objects.filter(rendition=track, index__in=dropped).delete()
        kind = StorageEventKind.SEGMENTS if is_leftover else StorageEventKind.RUNG
        _record(kind, track.asset, f"{track.name}, {len(dropped)} of {track.segment_count} segments", freed, reason)
    return True


def evict_payload(asset_id: UUID, reason: str, *, keep_alive: KeepAlive = nothing) -> None:
    """Remove the download that the copy repeats. What could only be made from it is gone for good."""
    with transaction.atomic():
        asset = hold_asset(asset_id)
        if asset is None or _is_protected(asset):
            return
        tracks, states = _held_rows(asset)
        spare = spare_payload(asset, tracks, is_open=any(state in ledger.UNFINISHED for state in states))
        if spare is None:
            return
        torrent_id, size_bytes = spare
        MediaAsset.objects.filter(pk=asset_id).update(has_source=False)
        for track in asset.renditions.filter(on_demand=True):
            gone = "It was removed to make room, and so was the file that it was made from."
            # The claim keeps the bytes until the files are gone.
            held = max(track.claim_bytes, track.size_bytes)
            changes = {"bitmap": empty_bitmap(track.segment_count), "size_bytes": 0, "claim_bytes": held}
            Rendition.objects.filter(pk=track.pk).update(state=RenditionState.FAILED, reason=gone, **changes)
        _record(StorageEventKind.PAYLOAD, asset, "the download; the copy of it stays", size_bytes, reason)
        torrents.remove(torrent_id)
    _drop_lost_rungs(asset_id)
    publish_master(MediaAsset.objects.get(pk=asset_id))
    ledger.correct_claims(asset.renditions.values_list("pk", flat=True), keep_alive=keep_alive)


def _drop_lost_rungs(asset_id: UUID) -> None:
    asset = MediaAsset.objects.get(pk=asset_id)
    for name in asset.renditions.filter(on_demand=True, state=RenditionState.FAILED).values_list("name", flat=True):
        store.remove_track(asset_id, asset.epoch, name)


def evict_title(asset_id: UUID, reason: str) -> None:
    """Everything of the title: renditions, download, rows. People can ask for it again."""
    with transaction.atomic():
        asset = hold_asset(asset_id)
        if asset is None or _is_protected(asset) or _is_written(asset):
            return
        found = ledger.payload_of(asset)
        made_bytes = ledger.made_bytes(asset)
        if not move_asset(asset_id, AssetEvent.EVICTED, reason="The film was removed to make room."):
            return
        # The bytes count until the folder is gone.
        MediaAsset.objects.filter(pk=asset_id).update(extra_bytes=made_bytes)
        asset.renditions.all().delete()
        asset.units.all().delete()
        if found:
            torrents.remove(found[0])
        _record(StorageEventKind.TITLE, asset, "the whole film", made_bytes + (found[1] if found else 0), reason)
        catalog.set_availability(asset.title_id, Availability.NONE)
        catalog.set_leaving(asset.title_id, None)
        enqueue(Job.ASSET_CHANGED, str(asset_id))
    clear_evicted([asset_id])


def clear_evicted(only: Iterable[UUID] | None = None) -> None:
    """Finish evictions of titles: the folder, then the account. An asset that is prepared again has another epoch."""
    waiting = MediaAsset.objects.filter(state=AssetState.EVICTED, extra_bytes__gt=0)
    waiting = waiting if only is None else waiting.filter(pk__in=list(only))
    for asset in waiting:
        store.discard(store.folder(asset.pk, asset.epoch))
        MediaAsset.objects.filter(pk=asset.pk, state=AssetState.EVICTED, epoch=asset.epoch).update(extra_bytes=0)


def clear_strays() -> None:
    """Folders that no row speaks for: of assets that are gone or failed, of earlier epochs, of rungs begun again."""
    known = {asset.pk: asset for asset in MediaAsset.objects.only("pk", "state", "epoch")}
    again = Rendition.objects.filter(name__endswith=AFTER_A_CARD).select_related("asset")
    for track in again:
        store.remove_track(track.asset_id, track.asset.epoch, planned_name(track.name))
    for asset_id, epochs in store.asset_folders().items():
        asset = known.get(asset_id)
        if asset is None:
            if not MediaAsset.objects.filter(pk=asset_id).exists():  # it may have come since
                store.discard(store.asset_folder(asset_id))
            continue
        # Preparing it again raises the epoch first, so nobody writes to these any more.
        last = asset.epoch if asset.state == AssetState.FAILED else asset.epoch - 1
        for epoch in epochs:
            if epoch <= last:
                store.discard(store.folder(asset_id, epoch))


def _is_protected(asset: MediaAsset) -> bool:
    """Whether somebody wants the title by now: it was chosen a while ago. Nobody begins before the commit."""
    return locked_care(asset.title_id, created_at=asset.created_at).is_protected(timezone.now())


def _is_written(asset: MediaAsset) -> bool:
    """Whether a worker writes to it; none begins before the commit."""
    return UnitState.LEASED in _held_rows(asset)[1]


def _held_rows(asset: MediaAsset) -> tuple[list[Rendition], list[str]]:
    """Its renditions and the states of its units, which stay so until the commit; the caller holds the asset."""
    tracks = hold_tracks(asset.pk)
    states = asset.units.select_for_update(of=("self",)).order_by("pk").values_list("state", flat=True)
    return tracks, list(states)


def _record(kind: StorageEventKind, asset: MediaAsset, what: str, size_bytes: int, reason: str) -> None:
    StorageEvent.objects.create(
        kind=kind, title_id=asset.title_id, title=asset.title.name, what=what, bytes=size_bytes, reason=reason[:300]
    )
    log.info("storage.evicted", kind=kind, title=str(asset.title_id), what=what, bytes=size_bytes, reason=reason)
