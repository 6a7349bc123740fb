"""Turns a source file into a plan: probe, scan, ladder, then rows for renditions and work units in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from django.db import transaction

from apps.common.jobs import Job, enqueue
from apps.common.machine import cores
from apps.streaming.adapters import probe, store
from apps.streaming.domain.grid import UNIT_S
from apps.streaming.domain.hls import media_playlist, subtitle_playlist
from apps.streaming.domain.ladder import Ladder, Mode, Track, TrackKind, choose_ladder
from apps.streaming.domain.marks import clean_chapters
from apps.streaming.domain.priorities import Priority, cost_cores, is_brisk
from apps.streaming.domain.progress import empty_bitmap
from apps.streaming.domain.side_tracks import side_tracks
from apps.streaming.domain.source import SourceFacts, VideoFacts, believed, measured
from apps.streaming.domain.states import AssetEvent, UnitKind
from apps.streaming.domain.units import Part, cut
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.selectors import PLAYABLE_SEGMENTS
from apps.streaming.services import encoding, leases, sources, uploads
from apps.streaming.services.locking import hold_asset
from apps.streaming.services.moves import move_asset
from apps.streaming.services.publishing import keep_while

WAKE_UPS = 2
FIRST_PRIORITY, PREROLL_PRIORITY, MARKS_PRIORITY = Priority.SOON, Priority.PREROLL, Priority.EXTRA
OPENING_S = 12  # two segments make a title playable; the third is there before they are watched
SIDES = {
    UnitKind.SUBTITLES: TrackKind.SUBTITLE,
    UnitKind.PICTURES: TrackKind.IMAGE,
    UnitKind.TRICKPLAY: TrackKind.TRICKPLAY,
}


def prepare(unit: WorkUnit) -> None:
    """Raises NotAFilm when no attempt can help, ProbeTimeout, NotHereYet, LeaseLost."""
    asset = unit.asset
    with transaction.atomic():
        if move_asset(asset.pk, AssetEvent.PROBE_STARTED):
            enqueue(Job.ASSET_CHANGED, str(asset.pk))
    source = sources.open_source(asset)
    keep_alive = partial(leases.heartbeat, unit)
    facts = probe.probe(source, keep_alive=keep_alive)
    keep_alive()
    times = believed(facts, probe.scan(source, keep_alive=keep_alive))
    facts = probe.plausible(measured(facts, times))
    ladder = encoding.with_encoder(choose_ladder(facts, times), keep_alive)
    keep_while(unit, partial(_write_playlists, asset, ladder))
    uploads.ensure_published(asset, ladder.duration_s)
    _store_plan(unit, facts, ladder)


def _store_plan(unit: WorkUnit, facts: SourceFacts, ladder: Ladder) -> None:
    with transaction.atomic():
        hold_asset(unit.asset_id)
        leases.finish(unit)
        MediaAsset.objects.filter(pk=unit.asset_id).update(
            facts=facts.to_json(),
            grid=ladder.grid,
            origin_s=ladder.origin_s,
            duration_s=ladder.duration_s,
            notes=list(ladder.reasons),
            chapters=_chapters(facts, ladder),
            marks=[],
        )
        for track in (*ladder.tracks, *side_tracks(facts, ladder.duration_s)):
            _store_track(unit, track)
        for plan in PLANNERS:
            WorkUnit.objects.bulk_create(_settled(unit, planned) for planned in plan(facts, ladder))
        leases.wake_workers(WAKE_UPS)
        enqueue(Job.ASSET_CHANGED, str(unit.asset_id))


def _chapters(facts: SourceFacts, ladder: Ladder) -> list[dict[str, Any]]:
    zero_s = facts.start_s + ladder.origin_s
    cleaned = clean_chapters(facts.chapters, zero_s=zero_s, duration_s=ladder.duration_s)
    return [chapter.to_json() for chapter in cleaned]


def _settled(unit: WorkUnit, planned: WorkUnit) -> WorkUnit:
    planned.asset_id, planned.base_priority = unit.asset_id, planned.priority
    return planned


def _store_track(unit: WorkUnit, track: Track) -> None:
    Rendition.objects.create(
        asset_id=unit.asset_id,
        name=track.name,
        kind=track.kind,
        recipe_data=track.recipe.to_json(),
        segment_data=track.segments.to_json(),
        segment_count=len(track.segments),
        bitmap=empty_bitmap(len(track.segments)),
        on_demand=track.kind == TrackKind.VIDEO and not track.units,
    )


def plan_pictures(facts: SourceFacts, ladder: Ladder) -> Iterable[WorkUnit]:
    """Rungs that share a grid share units, so that one decode serves them all; the copy has its own."""
    pictures = [track for track in ladder.tracks if track.kind == TrackKind.VIDEO]
    for track in (track for track in pictures if track.recipe.mode == Mode.COPY):
        yield from _copied(track)
    encoded = [track for track in pictures if track.recipe.mode == Mode.ENCODE and track.units]
    if not encoded:
        return
    units = list(_units(UnitKind.VIDEO, encoded, priority=min(track.priority for track in encoded)))
    preroll = [unit for unit in units if encoded[0].segments.start_s(unit.first) < UNIT_S]
    for unit in preroll:
        unit.priority = PREROLL_PRIORITY
    has_copy = any(track.recipe.mode == Mode.COPY and track.recipe.plays_everywhere for track in pictures)
    if facts.video is not None and not has_copy:
        units = [*_opening(preroll[0], encoded, facts.video), *units[1:]]
    yield from units


def _copied(track: Track) -> Iterable[WorkUnit]:
    """What makes the title playable comes first. The rest is cheap enough to come before everything that is encoded
    ahead of time, but the sound of this title and the beginning of the next one do not wait for it."""
    for unit in _units(UnitKind.VIDEO, [track], priority=PREROLL_PRIORITY):
        if unit.first < PLAYABLE_SEGMENTS:
            unit.priority = FIRST_PRIORITY
        yield unit


def _opening(unit: WorkUnit, encoded: Sequence[Track], source: VideoFacts) -> Iterable[WorkUnit]:
    """What makes the title playable: the first seconds, of the smallest rung alone where all would take long."""
    segments = encoded[0].segments
    ends = (index for index in range(1, unit.last) if segments.start_s(index) >= OPENING_S)
    whole = Part(unit.first, unit.last, tuple(unit.rungs))
    for part in cut(whole, _opening_rungs(encoded, source), 0, next(ends, unit.last)):
        priority = FIRST_PRIORITY if part.is_wanted else unit.priority
        yield WorkUnit(kind=unit.kind, rungs=list(part.rungs), first=part.first, last=part.last, priority=priority)


def _opening_rungs(encoded: Sequence[Track], source: VideoFacts) -> list[str]:
    """Alone, the smallest is there soonest, but its part of the source is decoded once more for the others."""
    pixels = {track.name: track.recipe.width * track.recipe.height for track in encoded}
    fps = float(Fraction(encoded[0].recipe.fps))
    cost = cost_cores(pixels=sum(pixels.values()), source_pixels=source.width * source.height, fps=fps)
    return list(pixels) if is_brisk(cores(), cost) else [min(pixels, key=pixels.__getitem__)]


def plan_sound(facts: SourceFacts, ladder: Ladder) -> Iterable[WorkUnit]:
    """The default language alone: it makes the title playable. All others come from one later pass over the file, of
    which copies have their own: they cannot be begun in the middle."""
    sounds = [track for track in ladder.tracks if track.kind == TrackKind.AUDIO]
    alone = [track for track in sounds if track.recipe.is_default or track.recipe.light_of]
    for track in alone:
        yield from _units(UnitKind.AUDIO, [track], priority=track.priority)
    for mode in Mode:
        others = [track for track in sounds if track not in alone and track.recipe.mode == mode]
        if others:
            names, last = [track.name for track in others], max(len(track.segments) for track in others)
            yield WorkUnit(kind=UnitKind.AUDIO, rungs=names, last=last, priority=others[0].priority)


def plan_sides(facts: SourceFacts, ladder: Ladder) -> Iterable[WorkUnit]:
    """What stands beside picture and sound: after the first minute of every rung, before the rest of the film."""
    tracks = [*ladder.tracks, *side_tracks(facts, ladder.duration_s)]
    for unit_kind, kind in SIDES.items():
        names = [track.name for track in tracks if track.kind == kind]
        if names:
            yield WorkUnit(kind=unit_kind, rungs=names, last=1, priority=PREROLL_PRIORITY)
    yield WorkUnit(kind=UnitKind.MARKS, last=1, priority=MARKS_PRIORITY)


def _units(kind: UnitKind, tracks: Sequence[Track], *, priority: int) -> Iterable[WorkUnit]:
    rungs = [track.name for track in tracks]
    return [
        WorkUnit(kind=kind, rungs=rungs, first=first, last=last, priority=priority) for first, last in tracks[0].units
    ]


# Each answers the units that it wants for a new plan; they are stored with the plan, in one transaction.
PLANNERS: list[Callable[[SourceFacts, Ladder], Iterable[WorkUnit]]] = [plan_pictures, plan_sound, plan_sides]


def _write_playlists(asset: MediaAsset, ladder: Ladder) -> None:
    folder = store.folder(asset.pk, asset.epoch)
    for track in ladder.tracks:
        if track.kind == TrackKind.SUBTITLE:
            text = subtitle_playlist(track.name, ladder.duration_s)
        else:
            text = media_playlist(track.name, track.segments)
        store.publish_bytes(text.encode(), folder / f"{track.name}.m3u8")
