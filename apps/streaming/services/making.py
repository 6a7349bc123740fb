"""Makes the segments of one work unit: runs ffmpeg, checks each finished piece against the plan, publishes it.

Invariant: a segment is published once, complete and proved, by whoever holds the unit's lease at that moment.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from apps.streaming.adapters import ffmpeg, pieces, probe, store
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.assembly import Assembler, PictureAssembler, PlanBroken, SoundAssembler
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.hls import segment_name
from apps.streaming.domain.ladder import Mode, Recipe, TrackKind
from apps.streaming.domain.mp4 import InitFacts
from apps.streaming.domain.progress import has_bit, missing, with_bit
from apps.streaming.domain.states import RenditionEvent
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import leases
from apps.streaming.services.announcing import announce_progress
from apps.streaming.services.moves import move_rendition

SHORTEST_PEAK_S = 1  # the rate of a last segment of a few frames says nothing about the film
ENCODE_NICENESS = 5  # people who watch come before films being made
ENCODE_STEP_S = 12.0  # one 4 s segment on a slow machine


@dataclass(slots=True)
class Maker:
    """One attempt at one unit; ``look`` is ffmpeg's ``on_tick``."""

    unit: WorkUnit
    rendition: Rendition
    work: Path
    folder: Path
    segments: Segments
    assembler: Assembler
    wanted: set[int]
    init: InitFacts | None = None
    seen: set[str] = field(default_factory=set)
    beaten_at: float = field(default_factory=time.monotonic)

    def look(self) -> ffmpeg.Tick:
        """Take what ffmpeg has finished since the last look. Raises PlanBroken, BadBox, LeaseLost, OSError."""
        self.beaten_at = beat(self.unit, self.beaten_at)
        names = sorted(path.name for path in self.work.glob("*.m4s") if path.name not in self.seen)
        for name in names:
            self.seen.add(name)
            self._take(name)
        if not self.wanted:
            return ffmpeg.Tick.ENOUGH
        return ffmpeg.Tick.PROGRESS if names else ffmpeg.Tick.IDLE

    def _take(self, name: str) -> None:
        if self.init is None:
            self.init = publish_init(self.rendition, self.work / command.INIT, self.folder)
        joined = self.assembler.add(name, self.init, pieces.piece_facts(self.work / name))
        if joined is None:
            return
        parts = [self.work / part for part in joined.pieces]
        size = store.publish_joined(parts, self.folder / self.rendition.name / segment_name(joined.index))
        record_segment(self.unit, self.rendition, joined.index, size, self.segments.duration_s(joined.index))
        self.wanted.discard(joined.index)


def beat(unit: WorkUnit, beaten_at: float) -> float:
    now = time.monotonic()
    if now - beaten_at < leases.HEARTBEAT_S:
        return beaten_at
    leases.heartbeat(unit)
    return now


@contextmanager
def work_folder(unit: WorkUnit) -> Iterator[Path]:
    """The attempt's own folder, on the store's file system; gone afterwards."""
    work = store.work_folder(unit.pk, unit.attempt)
    try:
        yield work
    finally:
        store.discard(work)


def make_tracks(unit: WorkUnit) -> None:
    """Make what the unit still misses. Raises PlanBroken, FfmpegFailed, BadBox, OSError, LeaseLost."""
    for rendition in unit.asset.renditions.filter(name__in=unit.rungs):
        with work_folder(unit) as work:
            make_segments(unit, rendition, work)


def source_of(asset: MediaAsset) -> command.Source:
    return command.Source(asset.source, asset.facts["duration_s"], asset.origin_s)


def make_segments(unit: WorkUnit, rendition: Rendition, work: Path) -> None:
    move_rendition(rendition.pk, RenditionEvent.STARTED)
    segments = rendition.segments
    open_segments = missing(bytes(rendition.bitmap), unit.first, unit.last)
    if not open_segments:
        return
    kind = TrackKind(rendition.kind)
    # What cannot be continued in the middle starts at zero again; what is published is kept.
    first = unit.first if rendition.recipe.in_one_pass else open_segments[0]
    last = open_segments[-1] + 1
    maker = Maker(
        unit=unit,
        rendition=rendition,
        work=work,
        folder=store.folder(unit.asset_id, unit.asset.epoch),
        segments=segments,
        assembler=assembler_of(rendition.recipe, kind, segments, (first, last)),
        wanted=set(open_segments),
    )
    args = arguments(source_of(unit.asset), rendition.recipe, kind, segments, (first, last))
    is_encode = kind == TrackKind.VIDEO and rendition.recipe.mode == Mode.ENCODE
    step_s, niceness = (ENCODE_STEP_S, ENCODE_NICENESS) if is_encode else (1.0, 0)
    ffmpeg.run(args, cwd=work, on_tick=maker.look, expected_step_s=step_s, niceness=niceness)
    maker.look()
    if maker.wanted:
        raise PlanBroken(f"{rendition.name}: segments {sorted(maker.wanted)[:5]} were not made.")


def assembler_of(recipe: Recipe, kind: TrackKind, segments: Segments, span: tuple[int, int]) -> Assembler:
    if kind == TrackKind.AUDIO:
        return SoundAssembler(segments)
    return PictureAssembler(segments, *span, tolerance_s=1 / Fraction(recipe.fps) / 2)


def arguments(
    source: command.Source, recipe: Recipe, kind: TrackKind, segments: Segments, span: tuple[int, int]
) -> list[str]:
    if kind == TrackKind.AUDIO:
        return command.audio(source, recipe, segments)
    make_video = command.copy_video if recipe.mode == Mode.COPY else command.encode_video
    return make_video(source, recipe, segments, *span)


def publish_init(rendition: Rendition, path: Path, folder: Path) -> InitFacts:
    """The first maker's init segment counts for all. Raises PlanBroken when another run's differs, BadBox, OSError."""
    data = path.read_bytes()
    facts = pieces.init_facts(path)
    digest = sha256(data).hexdigest()
    Rendition.objects.filter(pk=rendition.pk, init_sha256="").update(init_sha256=digest, codec=facts.codec)
    known = Rendition.objects.values_list("init_sha256", flat=True).get(pk=rendition.pk)
    if known != digest:
        raise PlanBroken(f"{rendition.name}: the init segment differs from the published one.")
    target = folder / rendition.name / command.INIT
    if not target.exists():
        store.publish_bytes(data, target)
    return facts


def record_segment(unit: WorkUnit, rendition: Rendition, index: int, size: int, duration_s: Fraction) -> None:
    """Set the segment's bit, fenced by the lease. Raises LeaseLost."""
    with transaction.atomic():
        row = Rendition.objects.select_for_update().get(pk=rendition.pk)
        if has_bit(bytes(row.bitmap), index):
            leases.heartbeat(unit)
            return
        leases.note_progress(unit)
        row.bitmap = with_bit(bytes(row.bitmap), index)
        row.size_bytes += size
        if duration_s >= SHORTEST_PEAK_S:
            row.peak_bps = max(row.peak_bps, int(size * 8 / duration_s))
        row.save(update_fields=["bitmap", "size_bytes", "peak_bps"])
    announce_progress(unit.asset_id)


def make_subtitles(unit: WorkUnit) -> None:
    with work_folder(unit) as work:
        _make_subtitles(unit, work)


def _make_subtitles(unit: WorkUnit, work: Path) -> None:
    """All text tracks in one demux pass; a track without a single cue is still a valid, empty file."""
    tracks = list(unit.asset.renditions.filter(kind=TrackKind.SUBTITLE))
    names = {f"{track.name}.vtt": track.recipe.stream for track in tracks}
    state = {"beaten_at": time.monotonic()}

    def keep_alive() -> ffmpeg.Tick:
        state["beaten_at"] = beat(unit, state["beaten_at"])
        return ffmpeg.Tick.IDLE

    # Between two lines of a film nothing moves in the output, however fast the file is read.
    reading_s = unit.asset.facts["size_bytes"] / probe.SCAN_SPEED_BYTES_S
    step_s = reading_s / ffmpeg.STALL_FACTOR
    ffmpeg.run(command.subtitles(source_of(unit.asset), names), cwd=work, on_tick=keep_alive, expected_step_s=step_s)
    folder = store.folder(unit.asset_id, unit.asset.epoch)
    for track in tracks:
        move_rendition(track.pk, RenditionEvent.STARTED)
        text = (work / f"{track.name}.vtt").read_bytes()
        if not text.startswith(b"WEBVTT"):
            raise PlanBroken(f"{track.name}: no subtitles came out.")
        store.publish_bytes(text, folder / f"{track.name}.vtt")
        record_segment(unit, track, 0, len(text), track.segments.duration_s(0))
