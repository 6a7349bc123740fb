"""Turns a source file into a plan: probe, scan, ladder, then rows for renditions and work units in one transaction."""

from functools import partial
from pathlib import Path

from django.db import transaction

from apps.common.jobs import Job, enqueue
from apps.streaming.adapters import probe, store
from apps.streaming.domain.grid import UNIT_S
from apps.streaming.domain.hls import media_playlist, subtitle_playlist
from apps.streaming.domain.ladder import Ladder, Mode, Track, TrackKind, choose_ladder, chosen_audio
from apps.streaming.domain.progress import empty_bitmap
from apps.streaming.domain.source import SourceFacts
from apps.streaming.domain.states import AssetEvent, UnitKind
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import leases
from apps.streaming.services.moves import move_asset

UNIT_KINDS = {TrackKind.VIDEO: UnitKind.VIDEO, TrackKind.AUDIO: UnitKind.AUDIO}
WAKE_UPS = 2
FIRST_PRIORITY, PREROLL_PRIORITY = 1, 2


def prepare(unit: WorkUnit) -> None:
    """Raises NotAFilm when no attempt can help, ProbeTimeout, LeaseLost."""
    asset = unit.asset
    with transaction.atomic():
        if move_asset(asset.pk, AssetEvent.PROBE_STARTED):
            enqueue(Job.ASSET_CHANGED, str(asset.pk))
    source = Path(asset.source)
    keep_alive = partial(leases.heartbeat, unit)
    facts = probe.probe(source, keep_alive=keep_alive)
    keep_alive()
    audio = chosen_audio(facts)
    times = probe.scan(source, audio_index=audio.index if audio else None, keep_alive=keep_alive)
    ladder = choose_ladder(facts, times)
    _write_playlists(asset, ladder)
    _store_plan(unit, facts, ladder)


def _store_plan(unit: WorkUnit, facts: SourceFacts, ladder: Ladder) -> None:
    with transaction.atomic():
        leases.finish(unit)
        MediaAsset.objects.filter(pk=unit.asset_id).update(
            facts=facts.to_json(),
            grid=ladder.grid,
            origin_s=ladder.origin_s,
            duration_s=ladder.duration_s,
            notes=list(ladder.reasons),
        )
        has_copy = any(track.recipe.mode == Mode.COPY for track in ladder.tracks if track.kind == TrackKind.VIDEO)
        for track in ladder.tracks:
            _store_track(unit, track, makes_playable=not has_copy and track.name == "v480")
        if any(track.kind == TrackKind.SUBTITLE for track in ladder.tracks):
            WorkUnit.objects.create(asset_id=unit.asset_id, kind=UnitKind.SUBTITLES, priority=PREROLL_PRIORITY)
        leases.wake_workers(WAKE_UPS)
        enqueue(Job.ASSET_CHANGED, str(unit.asset_id))


def _store_track(unit: WorkUnit, track: Track, *, makes_playable: bool) -> None:
    rendition = Rendition.objects.create(
        asset_id=unit.asset_id,
        name=track.name,
        kind=track.kind,
        recipe_data=track.recipe.to_json(),
        segment_data=track.segments.to_json(),
        segment_count=len(track.segments),
        bitmap=empty_bitmap(len(track.segments)),
    )
    WorkUnit.objects.bulk_create(
        WorkUnit(
            asset_id=unit.asset_id,
            rendition=rendition,
            kind=UNIT_KINDS[track.kind],
            first=first,
            last=last,
            priority=_priority(track, first, makes_playable=makes_playable),
        )
        for first, last in track.units
    )


def _priority(track: Track, first: int, *, makes_playable: bool) -> int:
    """What makes the title playable, then the first minute of every rung, then the rest in the ladder's order."""
    is_preroll = track.kind == TrackKind.VIDEO and track.segments.start_s(first) < UNIT_S
    if is_preroll and makes_playable:
        return FIRST_PRIORITY
    return min(track.priority, PREROLL_PRIORITY) if is_preroll else track.priority


def _write_playlists(asset: MediaAsset, ladder: Ladder) -> None:
    folder = store.folder(asset.pk, asset.epoch)
    for track in ladder.tracks:
        if track.kind == TrackKind.SUBTITLE:
            text = subtitle_playlist(track.name, ladder.duration_s)
        else:
            text = media_playlist(track.name, track.segments)
        store.publish_bytes(text.encode(), folder / f"{track.name}.m3u8")
