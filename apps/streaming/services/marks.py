"""Looks for the intro and the credits: chapter names, else silence first and black pictures only where it is silent."""

from pathlib import Path

from apps.streaming.adapters import ffmpeg
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.marks import (
    Chapter,
    Mark,
    Span,
    listening_spans,
    marks_from,
    named_marks,
    spans_in,
    windows_of,
)
from apps.streaming.domain.priorities import BACKGROUND_NICENESS
from apps.streaming.models import MediaAsset, WorkUnit
from apps.streaming.services.making import source_of, work_folder
from apps.streaming.services.subtitles import keep_alive_of

READING_STEP_S = 12.0  # a slow disk
SILENCE = ("lavfi.silence_start", "lavfi.silence_end")
BLACK = ("lavfi.black_start", "lavfi.black_end")


def make_marks(unit: WorkUnit) -> None:
    """Store what was found, also when it is nothing. Raises FfmpegFailed, NotHereYet, OSError, LeaseLost."""
    asset = unit.asset
    chapters = [Chapter(**entry) for entry in asset.chapters]
    duration_s = asset.duration_s or 0.0
    marks: list[Mark] = named_marks(chapters)
    if len(marks) < 2:
        with work_folder(unit) as work:
            silences = _silences(unit, work, duration_s)
            blacks = _blacks(unit, work, windows_of(silences, duration_s))
        marks = marks_from(blacks, silences, chapters, duration_s)
    keep_alive_of(unit)()
    MediaAsset.objects.filter(pk=asset.pk, epoch=asset.epoch).update(marks=[mark.to_json() for mark in marks])


def _silences(unit: WorkUnit, work: Path, duration_s: float) -> list[Span]:
    sound = unit.asset.renditions.filter(kind=TrackKind.AUDIO).order_by("name")
    chosen = next((track for track in sound if track.recipe.is_default), sound.first())
    if chosen is None:
        return []
    found: list[Span] = []
    for span in listening_spans(duration_s):
        args = command.find_silence(source_of(unit.asset, *span), chosen.recipe.stream, span)
        found += _spans(unit, work, args, SILENCE, until_s=span[1])
    return found


def _blacks(unit: WorkUnit, work: Path, windows: list[Span]) -> list[Span]:
    stream = unit.asset.facts["video"]["index"]
    found: list[Span] = []
    for window in windows:
        args = command.find_black(source_of(unit.asset, *window), stream, window)
        found += _spans(unit, work, args, BLACK, until_s=window[1])
    return found


def _spans(unit: WorkUnit, work: Path, args: list[str], keys: tuple[str, str], *, until_s: float) -> list[Span]:
    """In the film's own time."""
    report = work / command.REPORT
    report.unlink(missing_ok=True)
    beat = keep_alive_of(unit)

    def keep_alive() -> ffmpeg.Tick:
        beat()
        return ffmpeg.Tick.IDLE

    ffmpeg.run(args, cwd=work, on_tick=keep_alive, expected_step_s=READING_STEP_S, niceness=BACKGROUND_NICENESS)
    text = report.read_text(errors="replace") if report.exists() else ""
    origin_s = unit.asset.origin_s
    return [
        (start_s - origin_s, end_s - origin_s) for start_s, end_s in spans_in(text, *keys, until_s=until_s + origin_s)
    ]
