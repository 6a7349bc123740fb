"""Makes the tracks of one work unit: runs ffmpeg, checks each finished piece against the plan, publishes it.

Invariant: a segment is published once, complete and proved, by whoever owns it at that moment. All rungs of a run
come from one decode; a rung that has a segment already is never encoded for it again.
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from apps.common.machine import cores
from apps.streaming.adapters import ffmpeg, pieces, store
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.assembly import Assembler, PictureAssembler, PlanBroken, SoundAssembler
from apps.streaming.domain.damage import Damage, damage_of
from apps.streaming.domain.encoders import encoder_of
from apps.streaming.domain.grid import sound_start
from apps.streaming.domain.ladder import Mode, TrackKind
from apps.streaming.domain.mp4 import InitFacts
from apps.streaming.domain.patience import encode_step_s
from apps.streaming.domain.priorities import Priority, cost_cores, niceness_of, threads_ahead
from apps.streaming.domain.progress import missing
from apps.streaming.domain.states import RenditionEvent, RenditionState
from apps.streaming.domain.units import Part, runs
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.selectors import PLAYABLE_SEGMENTS
from apps.streaming.services import encoding, sources
from apps.streaming.services.courtesy import Courtesy
from apps.streaming.services.damage import note_damage
from apps.streaming.services.leases import MAX_FAILURES
from apps.streaming.services.moves import move_rendition
from apps.streaming.services.publishing import beat, publish_init, publish_segment
from apps.streaming.services.settling import open_early

READ_ON_S = 4.0  # a copy goes on to the next keyframe; pictures are not stored in the order of their times
QUICK_STEP_S = 1.0  # a segment that is copied, or of sound
AWAITED_LOOK_S = 0.05  # at what somebody waits for


@dataclass(slots=True)
class Line:
    """One rung of a run: what it still wants, and what ffmpeg has left in its folder."""

    rendition: Rendition
    work: Path
    assembler: Assembler
    wanted: set[int]
    moved_by: int = 0  # ticks: the clock of its run starts at zero wherever the run does
    init: InitFacts | None = None
    seen: set[str] = field(default_factory=set)

    def fresh(self) -> list[str]:
        names = sorted(path.name for path in self.work.glob("*.m4s") if path.name not in self.seen)
        self.seen.update(names)
        return names


@dataclass(slots=True)
class Maker:
    """One run of ffmpeg for one unit; ``look`` is its ``on_tick``."""

    unit: WorkUnit
    folder: Path
    lines: Sequence[Line]
    courtesy: Courtesy
    beaten_at: float = field(default_factory=time.monotonic)

    def look(self) -> ffmpeg.Tick:
        """Take what ffmpeg has finished since the last look. Raises PlanBroken, BadBox, LeaseLost, OSError."""
        self.beaten_at = beat(self.unit, self.beaten_at)
        fresh = [(line, name) for line in self.lines for name in line.fresh()]
        for line, name in fresh:
            self._take(line, name)
        if not any(self._open(line) for line in self.lines):
            return ffmpeg.Tick.ENOUGH
        if self.courtesy.stands_still():
            return ffmpeg.Tick.STILL
        return ffmpeg.Tick.PROGRESS if fresh else ffmpeg.Tick.IDLE

    def unmade(self) -> list[str]:
        return [f"{line.rendition.name} {sorted(open_)[:5]}" for line in self.lines if (open_ := self._open(line))]

    def _open(self, line: Line) -> set[int]:
        """What the line wants and the unit still owns: a viewer who waits may have taken the end of it."""
        owned = line.rendition.name in self.unit.rungs
        return {index for index in line.wanted if self.unit.first <= index < self.unit.last} if owned else set()

    def _take(self, line: Line, name: str) -> None:
        if line.init is None:
            line.init = publish_init(self.unit, line.rendition, line.work / command.INIT, self.folder)
        if line.moved_by:
            pieces.move_piece(line.work / name, line.moved_by)
        joined = line.assembler.add(name, line.init, pieces.piece_facts(line.work / name))
        if joined is None:
            return
        parts = [line.work / part for part in joined.pieces]
        if joined.index not in self._open(line):  # made already, or given away
            for part in parts:
                part.unlink(missing_ok=True)
            return
        length_s = line.rendition.segments.duration_s(joined.index)
        publish_segment(self.unit, line.rendition, joined.index, parts, length_s)
        line.wanted.discard(joined.index)
        if joined.index == PLAYABLE_SEGMENTS - 1:
            open_early(self.unit.asset_id)


@contextmanager
def work_folder(unit: WorkUnit) -> Iterator[Path]:
    """The attempt's own folder, on the store's file system; gone afterwards."""
    work = store.work_folder(unit.pk, unit.attempt)
    try:
        yield work
    finally:
        store.discard(work)


def source_of(asset: MediaAsset, start_s: float = 0.0, end_s: float = math.inf) -> command.Source:
    """The source as ffmpeg reads it, once that stretch of the film is here. Raises NotHereYet."""
    source = sources.open_source(asset)
    source.require(start_s + asset.origin_s, end_s + asset.origin_s + READ_ON_S)
    return command.Source(source.address, asset.facts["duration_s"], asset.origin_s)


def make_tracks(unit: WorkUnit) -> None:
    """Make what the unit still misses. Raises PlanBroken, FfmpegFailed, BadBox, NotHereYet, OSError, LeaseLost."""
    for rendition in unit.asset.renditions.filter(name__in=unit.rungs):
        move_rendition(rendition.pk, RenditionEvent.STARTED)
    while planned := _next_run(unit):
        with work_folder(unit) as work, encoding.falling_back(unit):
            _run(unit, planned, work)


def _next_run(unit: WorkUnit) -> Part | None:
    rows = list(unit.asset.renditions.filter(name__in=unit.rungs).exclude(state=RenditionState.FAILED))
    lacking = {row.name: _missing(row, unit.first, unit.last) for row in rows}
    if _is_one_pass(rows):
        # What cannot be continued in the middle starts at zero again; what is published is kept.
        open_ = {name: indexes for name, indexes in lacking.items() if indexes}
        last = max((indexes[-1] + 1 for indexes in open_.values()), default=unit.first)
        return Part(unit.first, last, tuple(open_)) or None
    return next(iter(runs(lacking)), None)


def _is_one_pass(rows: Sequence[Rendition]) -> bool:
    return any(row.recipe.in_one_pass for row in rows)


def _missing(rendition: Rendition, first: int, last: int) -> list[int]:
    """Sound tracks of one unit may differ by a segment in length."""
    return missing(bytes(rendition.bitmap), first, min(last, rendition.segment_count))


def _run(unit: WorkUnit, planned: Part, work: Path) -> None:
    rows = list(unit.asset.renditions.filter(name__in=planned.rungs))
    folder = store.folder(unit.asset_id, unit.asset.epoch)
    lines = [_line(row, planned, work, _sound_first(unit, rows, planned)) for row in rows]
    args, cwd, is_encode = _command(unit, rows, planned, work)
    maker = Maker(unit, folder, lines, Courtesy(unit, takes_long=_takes_long(unit, rows)))
    outcome = ffmpeg.run(
        args,
        cwd=cwd,
        on_tick=maker.look,
        look_s=AWAITED_LOOK_S if unit.priority == Priority.WAITING else ffmpeg.LOOK_S,
        expected_step_s=_encode_step_s(unit.asset, rows, planned) if is_encode else QUICK_STEP_S,
        niceness=niceness_of(Priority(unit.priority), is_light=not is_encode),
    )
    maker.look()
    damage = damage_of(damaged=outcome.damaged, pictures=outcome.frames, places=1)
    if is_encode and damage != Damage.NONE:
        note_damage(unit.asset_id)
    if unmade := maker.unmade():
        raise PlanBroken(f"Segments were not made: {', '.join(unmade)}.")


def _takes_long(unit: WorkUnit, rows: Sequence[Rendition]) -> bool:
    """Sound that makes a title playable comes at once."""
    is_encode = any(row.recipe.mode == Mode.ENCODE for row in rows)
    return is_encode and (rows[0].kind == TrackKind.VIDEO or unit.priority > Priority.SOON)


def _encode_step_s(asset: MediaAsset, rows: Sequence[Rendition], planned: Part) -> float:
    """Seconds that one segment of all ``rows`` should take here."""
    recipes, picture = [row.recipe for row in rows], asset.facts["video"]
    cost = cost_cores(
        pixels=sum(recipe.width * recipe.height for recipe in recipes),
        source_pixels=picture["width"] * picture["height"],
        fps=float(Fraction(recipes[0].fps)),
    )
    segment_s = max(rows[0].segments.duration_s(index) for index in range(planned.first, planned.last))
    return encode_step_s([row.pace for row in rows], segment_s=float(segment_s), cost=cost, cores=cores())


def _sound_first(unit: WorkUnit, rows: Sequence[Rendition], planned: Part) -> int:
    """The first segment of sound that a run has to make. What failed is tried from the start at last: that needs
    nothing of the file's clock or its index."""
    is_last_try = unit.failures >= MAX_FAILURES - 1
    return 0 if is_last_try or _is_one_pass(rows) else planned.first


def _line(rendition: Rendition, planned: Part, work: Path, sound_first: int) -> Line:
    folder = work / rendition.name
    folder.mkdir()
    wanted = set(_missing(rendition, planned.first, planned.last))
    if rendition.kind == TrackKind.AUDIO:
        start = sound_start(sound_first)
        assembler = SoundAssembler.starting_at(rendition.segments, start)
        return Line(rendition, folder, assembler, wanted, moved_by=rendition.segments.starts[start])
    tolerance_s = 1 / Fraction(rendition.recipe.fps) / 2
    pictures = PictureAssembler(rendition.segments, planned.first, planned.last, tolerance_s=tolerance_s)
    return Line(rendition, folder, pictures, wanted)


def _sound_command(unit: WorkUnit, rows: Sequence[Rendition], planned: Part) -> list[str]:
    tracks = {row.name: (row.recipe, row.segments) for row in rows}
    if _is_one_pass(rows):
        return command.sounds(source_of(unit.asset), tracks)
    begin, grid = _sound_first(unit, rows, planned), rows[0].segments  # all encoded sounds share it
    start_s = max(0.0, float(grid.start_s(sound_start(begin)) - command.SOUND_SLACK_S))
    source = source_of(unit.asset, start_s, float(grid.start_s(min(planned.last + 1, len(grid)))))
    return command.sounds(source, tracks, begin, planned.last)


def _command(unit: WorkUnit, rows: Sequence[Rendition], planned: Part, work: Path) -> tuple[list[str], Path, bool]:
    """The arguments, the folder to run in, and whether it encodes pictures."""
    first, span = rows[0], (planned.first, planned.last)
    if first.kind == TrackKind.AUDIO:
        return _sound_command(unit, rows, planned), work, False
    source = source_of(unit.asset, *(float(first.segments.start_s(index)) for index in span))
    if first.recipe.mode == Mode.COPY:
        return command.copy_video(source, first.recipe, first.segments, *span), work / first.name, False
    recipes = {row.name: row.recipe for row in rows}
    threads = threads_ahead(cores(), len(rows)) if unit.priority > Priority.SOON else None
    args = command.encode_rungs(
        source, recipes, first.segments, *span, encoder=encoder_of(first.recipe), threads=threads
    )
    return args, work, True
