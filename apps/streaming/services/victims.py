"""What could be evicted now, as values for ``domain.retention``: one look at the rows, nothing is changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from apps.streaming.domain.ladder import Mode, TrackKind
from apps.streaming.domain.progress import has_bit
from apps.streaming.domain.retention import PREROLL_S, WATCHER_SILENCE, Candidate, Care, Value, rung_value
from apps.streaming.domain.states import AssetState, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, TitleCare, WorkUnit
from apps.streaming.services import ledger
from apps.streaming.services.care import care_of
from apps.torrents import selectors as torrents

PLAYS_EVERYWHERE = "avc1"


@dataclass(frozen=True, slots=True)
class Candidates:
    things: list[Candidate]
    leaving_bytes: int  # deleted by torrentd within a second
    now: datetime


def candidates() -> Candidates:
    now = timezone.now()
    assets = MediaAsset.objects.filter(state__in=[AssetState.PROBING, AssetState.PLAYABLE, AssetState.COMPLETE])
    cares = TitleCare.objects.in_bulk()
    things: list[Candidate] = []
    for asset in assets.prefetch_related("renditions"):
        care = care_of(cares.get(asset.title_id), created_at=asset.created_at)
        things += _of_asset(asset, care, now)
    return Candidates(things, torrents.leaving_bytes(), now)


def next_title() -> Candidate | None:
    """The whole title that goes first when titles must go, found without a look at what each one holds."""
    now, cares = timezone.now(), TitleCare.objects.in_bulk()
    assets = list(MediaAsset.objects.filter(state=AssetState.COMPLETE))
    known = [(care_of(cares.get(asset.title_id), created_at=asset.created_at), asset) for asset in assets]
    free = [(care, asset) for care, asset in known if not care.is_protected(now)]
    for care, asset in sorted(free, key=lambda pair: pair[0].watched_at):
        is_leased = asset.units.filter(state=UnitState.LEASED).exists()
        found = _title(asset, care, is_leased=is_leased)
        if not found.is_protected(now):
            return found
    return None


def preroll_end(track: Rendition) -> int:
    """The first segment that may go: it starts a minute into the film or later."""
    segments = track.segments
    return next((index for index in range(len(segments)) if segments.start_s(index) >= PREROLL_S), len(segments))


def late_segments(track: Rendition) -> set[int]:
    """What is published of it after the first minute."""
    bitmap = bytes(track.bitmap)
    return {index for index in range(preroll_end(track), track.segment_count) if has_bit(bitmap, index)}


def droppable(track: Rendition, *, is_leftover: bool) -> set[int]:
    """The published segments that eviction takes; of leftovers only what no watcher asks for again soon."""
    if is_leftover != track.on_demand or _is_leased(track, is_leftover=is_leftover):
        return set()
    found = late_segments(track)
    if is_leftover:
        recent = timezone.now() - WATCHER_SILENCE
        found -= set(track.stored.filter(published_at__gt=recent).values_list("index", flat=True))
    return found


def _is_leased(track: Rendition, *, is_leftover: bool) -> bool:
    leased = WorkUnit.objects.filter(asset_id=track.asset_id, rungs__contains=[track.name], state=UnitState.LEASED)
    return not is_leftover and leased.exists()


def _of_asset(asset: MediaAsset, care: Care, now: datetime) -> list[Candidate]:
    tracks = list(asset.renditions.all())
    units = list(asset.units.filter(state__in=ledger.UNFINISHED).values_list("state", flat=True))
    is_leased = UnitState.LEASED in units
    payload = spare_payload(asset, tracks, is_open=bool(units))
    found = [Candidate(Value.PAYLOAD, asset.title_id, asset.pk, payload[1], care)] if payload else []
    if asset.has_source and ledger.has_source_file(asset):
        at_hand = [track for track in tracks if asset.state != AssetState.PROBING or track.on_demand]
        found += [one for track in at_hand if (one := _rung(asset, track, tracks, care, now))]
    if asset.state == AssetState.COMPLETE:
        found.append(_title(asset, care, is_leased=is_leased))
    return found


def _title(asset: MediaAsset, care: Care, *, is_leased: bool) -> Candidate:
    payload = ledger.payload_of(asset)
    frees_bytes = ledger.made_bytes(asset) + (payload[1] if payload else 0)
    return Candidate(Value.TITLE, asset.title_id, asset.pk, frees_bytes, care, is_leased)


def _rung(asset: MediaAsset, track: Rendition, tracks: list[Rendition], care: Care, now: datetime) -> Candidate | None:
    if track.kind != TrackKind.VIDEO or track.recipe.in_one_pass:
        return None
    if not track.on_demand and track.state != RenditionState.READY:
        return None
    dropped = droppable(track, is_leftover=track.on_demand)
    if track.on_demand:
        value = Value.LEFTOVER
    else:
        is_copy = track.recipe.mode == Mode.COPY
        value = rung_value(care, now, is_copy=is_copy, is_last_encode=_is_last_picture(track, tracks))
    freed = ledger.dropped_bytes(track, dropped) if dropped else 0
    return Candidate(value, asset.title_id, track.pk, freed, care)


def _is_last_picture(track: Rendition, tracks: list[Rendition]) -> bool:
    """Whether no other whole picture would be left without an encoder at work."""
    others = [
        other
        for other in tracks
        if other.kind == TrackKind.VIDEO and other.state == RenditionState.READY and not other.on_demand
    ]
    return others == [track]


def spare_payload(asset: MediaAsset, tracks: list[Rendition], *, is_open: bool) -> tuple[UUID, int] | None:
    """The download, as ``ledger.payload_of``, when the copy stands in for it for every browser and nothing is to be
    made from it; ``is_open`` is whether a unit of the film is unfinished."""
    if is_open or not asset.has_source or asset.state != AssetState.COMPLETE:
        return None
    pictures = [track for track in tracks if track.kind == TrackKind.VIDEO]
    copies = [track for track in pictures if track.recipe.mode == Mode.COPY and _is_whole(track)]
    is_for_all = any(track.codec.startswith(PLAYS_EVERYWHERE) for track in copies)
    is_for_all = is_for_all or bool(copies and all(_is_whole(track) for track in pictures))
    has_sound = all(_is_whole(track) for track in tracks if track.kind == TrackKind.AUDIO)
    return ledger.payload_of(asset) if is_for_all and has_sound else None


def _is_whole(track: Rendition) -> bool:
    return track.state == RenditionState.READY and not track.on_demand
