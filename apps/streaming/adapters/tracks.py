"""Asks child processes for what a film carries beside picture and sound: subtitles and small pictures.

Invariant: every call ends, within a time that follows from the size of the file, and leaves no process behind.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any

from structlog import get_logger

from apps.streaming.adapters import process
from apps.streaming.adapters.source import Source
from apps.streaming.domain.cues import Cue
from apps.streaming.domain.trickplay import Layout

log = get_logger(__name__)

ROOT = Path(__file__).resolve().parents[3]
READING_SPEED_BYTES_S = 10_000_000  # a slow disk; reading that is slower than this stands still
START_S = 30.0
UPLOAD_LIMIT_S = 15.0
DECODING_S = 0.5  # of one 8K keyframe on a slow machine
KEEP_ALIVE_S = 5.0
LIMITS = process.Limits(
    memory_bytes=2 * process.GIB + process.THREADS_BYTES, file_bytes=16 * 1024**2, cpu_s=3600, niceness=5
)

KeepAlive = Callable[[], None]


class TracksFailed(Exception):
    """The child gave up, was killed or took too long; the message is a sentence."""


def text_cues(film: Source, zero_s: float, streams: Sequence[int], *, keep_alive: KeepAlive) -> dict[int, list[Cue]]:
    """Cues of each text track, in the film's time. Raises TracksFailed, NotHereYet, OSError, and as ``keep_alive``."""
    told = ["text", film.address.url, repr(zero_s), *map(str, streams)]
    answer = _ask("subtitle_child", told, limit_s=_reading_s(film), keep_alive=keep_alive)
    return {int(index): [Cue(*line) for line in lines] for index, lines in answer.items()}


def upload_cues(file: Path, language: str) -> list[Cue]:
    """Cues of a file that a person sent. Raises TracksFailed with a sentence for that person."""
    answer = _ask("subtitle_child", ["upload", str(file), language], limit_s=UPLOAD_LIMIT_S, keep_alive=lambda: None)
    return [Cue(*line) for line in answer]


def pictures(
    film: Source, zero_s: float, duration_s: float, tracks: Mapping[str, int], *, work: Path, keep_alive: KeepAlive
) -> None:
    """Writes ``<name>.json`` and ``<name>/*.png`` into ``work`` for each track. Raises as ``text_cues``."""
    named = [f"{name}={at}" for name, at in tracks.items()]
    told = ["pictures", film.address.url, repr(zero_s), repr(duration_s), str(work), *named]
    _ask("subtitle_child", told, limit_s=_reading_s(film) * 4, keep_alive=keep_alive)


def sheets(film: Source, zero_s: float, layout: Layout, *, work: Path, keep_alive: KeepAlive) -> None:
    """Writes the sheets of small pictures into ``work``. Raises as ``text_cues``."""
    limit_s = _reading_s(film) + layout.count * DECODING_S
    told = [film.address.url, repr(zero_s), json.dumps(asdict(layout)), str(work)]
    _ask("trickplay_child", told, limit_s=limit_s, keep_alive=keep_alive)


def _reading_s(film: Source) -> float:
    """How long reading all of it may take, once it is all here. Raises NotHereYet, OSError."""
    film.require()
    return START_S + film.size_bytes() / READING_SPEED_BYTES_S


def _ask(child: str, arguments: list[str], *, limit_s: float, keep_alive: KeepAlive) -> Any:
    command = [sys.executable, "-m", f"apps.streaming.adapters.{child}", *arguments]
    running = process.start(command, cwd=ROOT, limits=LIMITS)
    try:
        answer, complaint = _finish(running, limit_s, keep_alive)
    finally:
        process.end(running)
    if running.returncode == 0:
        return json.loads(answer)
    last_line = complaint.decode(errors="replace").strip().rsplit("\n", 1)[-1]
    is_sentence = running.returncode == 2 and last_line.startswith(("This ", "The ", "There "))
    if not is_sentence:
        log.warning("tracks.child_failed", child=child, code=running.returncode, complaint=last_line[-300:])
    raise TracksFailed(last_line if is_sentence else "This file cannot be read.")


def _finish(running: "Popen[bytes]", limit_s: float, keep_alive: KeepAlive) -> tuple[bytes, bytes]:
    until = time.monotonic() + limit_s
    while True:
        try:
            return running.communicate(timeout=min(KEEP_ALIVE_S, limit_s))
        except TimeoutExpired as error:
            if time.monotonic() >= until:
                raise TracksFailed(f"Reading the file took longer than {limit_s:.0f} s.") from error
            keep_alive()
