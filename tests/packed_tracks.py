"""Packages a film with the real probe, plan, command lines and assemblers, but without any database."""

import io
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import av

import media
from apps.streaming.adapters import ffmpeg, pieces, probe
from apps.streaming.adapters.source import LocalFile
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.assembly import Assembler, PictureAssembler, SoundAssembler
from apps.streaming.domain.grid import sound_start
from apps.streaming.domain.ladder import Ladder, Mode, Track, TrackKind, choose_ladder
from apps.streaming.domain.source import SourceFacts, measured


@dataclass(frozen=True)
class Made:
    """One track: its plan, its joined bytes, and how many of its segments came out."""

    track: Track
    codec: str
    data: bytes
    segments: int

    @cached_property
    def seen(self) -> media.Decoded:
        return media.decode(self.data, "audio" if self.track.kind == TrackKind.AUDIO else "video")

    @cached_property
    def channels(self) -> int:
        with av.open(io.BytesIO(self.data)) as container:
            return container.streams.audio[0].codec_context.layout.nb_channels


@dataclass(frozen=True)
class Plan:
    source: command.Source
    facts: SourceFacts
    ladder: Ladder

    def track(self, name: str) -> Track:
        return next(track for track in self.ladder.tracks if track.name == name)

    def names(self, kind: TrackKind) -> list[str]:
        return [track.name for track in self.ladder.tracks if track.kind == kind]


def plan(path: Path) -> Plan:
    film = LocalFile(path)
    times = probe.scan(film)
    facts = measured(probe.probe(film), times)
    ladder = choose_ladder(facts, times)
    return Plan(command.Source(film.address, facts.duration_s, ladder.origin_s), facts, ladder)


def package(planned: Plan, folder: Path) -> dict[str, Made]:
    """Every picture and sound track of the plan, whole."""
    pictures = [track for track in planned.ladder.tracks if track.kind == TrackKind.VIDEO]
    rungs = [track for track in pictures if track.recipe.mode == Mode.ENCODE]
    sounds = [track for track in planned.ladder.tracks if track.kind == TrackKind.AUDIO]
    made: dict[str, Made] = {}
    for track in (track for track in pictures if track.recipe.mode == Mode.COPY):
        args = command.copy_video(planned.source, track.recipe, track.segments, 0, len(track.segments))
        made[track.name] = _run(args, [track], folder, cwd=folder / track.name)[track.name]
    if rungs:
        grid = rungs[0].segments
        recipes = {track.name: track.recipe for track in rungs}
        made |= _run(command.encode_rungs(planned.source, recipes, grid, 0, len(grid)), rungs, folder)
    if sounds:
        tracks = {track.name: (track.recipe, track.segments) for track in sounds}
        made |= _run(command.sounds(planned.source, tracks), sounds, folder)
    return made


def make_part(planned: Plan, track: Track, folder: Path, first: int, last: int) -> tuple[bytes, dict[int, bytes]]:
    """The init segment and the segments [first, last) of one track, from a run of its own."""
    (folder / track.name).mkdir(parents=True)
    if track.kind == TrackKind.AUDIO:
        return _make_sound(planned, track, folder, first, last)
    if track.recipe.mode == Mode.COPY:
        args = command.copy_video(planned.source, track.recipe, track.segments, first, last)
        ffmpeg.run(args, cwd=folder / track.name)
    else:
        rungs = {track.name: track.recipe}
        ffmpeg.run(command.encode_rungs(planned.source, rungs, track.segments, first, last), cwd=folder)
    found = _segments(PictureAssembler(track.segments, first, last, _half_frame_s(track)), folder / track.name)
    return (folder / track.name / command.INIT).read_bytes(), found


def _make_sound(planned: Plan, track: Track, folder: Path, first: int, last: int) -> tuple[bytes, dict[int, bytes]]:
    ffmpeg.run(command.sounds(planned.source, {track.name: (track.recipe, track.segments)}, first, last), cwd=folder)
    start = sound_start(first)
    for path in (folder / track.name).glob("*.m4s"):
        pieces.move_piece(path, track.segments.starts[start])
    found = _segments(SoundAssembler.starting_at(track.segments, start), folder / track.name)
    wanted = {index: data for index, data in found.items() if first <= index < last}
    return (folder / track.name / command.INIT).read_bytes(), wanted


def _run(args: list[str], tracks: list[Track], folder: Path, cwd: Path | None = None) -> dict[str, Made]:
    for track in tracks:
        (folder / track.name).mkdir()
    ffmpeg.run(args, cwd=cwd or folder)
    return {track.name: _assemble(track, folder / track.name) for track in tracks}


def _assemble(track: Track, folder: Path) -> Made:
    found = _segments(_assembler(track), folder)
    data = (folder / command.INIT).read_bytes() + b"".join(found[index] for index in sorted(found))
    return Made(track, pieces.init_facts(folder / command.INIT).codec, data, len(found))


def _segments(assembler: Assembler, folder: Path) -> dict[int, bytes]:
    init = pieces.init_facts(folder / command.INIT)
    found = {}
    for path in sorted(folder.glob("*.m4s")):
        joined = assembler.add(path.name, init, pieces.piece_facts(path))
        if joined is not None:
            found[joined.index] = b"".join((folder / name).read_bytes() for name in joined.pieces)
    return found


def _assembler(track: Track) -> Assembler:
    if track.kind == TrackKind.AUDIO:
        return SoundAssembler(track.segments)
    return PictureAssembler(track.segments, 0, len(track.segments), _half_frame_s(track))


def _half_frame_s(track: Track) -> Fraction:
    return 1 / Fraction(track.recipe.fps) / 2
