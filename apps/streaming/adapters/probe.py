"""Looks into a source file through a child process with our own time limits, and turns every fault into a sentence.

Invariant: whatever the file is, the call ends: with facts, with NotAFilm, or with ProbeTimeout.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from apps.streaming.adapters import process
from apps.streaming.adapters.source import NotHereYet, Source
from apps.streaming.domain.source import PacketTimes, SourceFacts, disguise_of, implausibility_of

PROBE_LIMIT_S = 30.0
SCAN_SPEED_BYTES_S = 10_000_000  # a slow disk; a scan that is slower than this is stuck
HEAD_BYTES = 4096
ROOT = Path(__file__).resolve().parents[3]
REFUSED = 2
KEEP_ALIVE_S = 5.0


class NotAFilm(Exception):
    """The file will never be a film; the message says why in plain words."""


class ProbeTimeout(Exception):
    """Reading the file took too long, or was ended by somebody else."""


def probe(film: Source, *, keep_alive: Callable[[], None] = lambda: None) -> SourceFacts:
    """Facts about the file. Raises NotAFilm, ProbeTimeout, NotHereYet, and what ``keep_alive`` raises."""
    film.require_index()
    try:
        if not film.is_there():
            raise NotAFilm("The film's file cannot be opened: it is gone, or not a plain file.")
        head = film.head(HEAD_BYTES)
    except OSError as error:
        raise NotAFilm("The film's file cannot be opened.") from error
    reason = disguise_of(head) or ("This file is empty." if not head else None)
    if reason:
        raise NotAFilm(reason)
    facts = SourceFacts.from_json(_ask(["probe", film.address.url], limit_s=PROBE_LIMIT_S, keep_alive=keep_alive))
    return plausible(facts)


def plausible(facts: SourceFacts) -> SourceFacts:
    """Raises NotAFilm."""
    reason = implausibility_of(facts)
    if reason:
        raise NotAFilm(reason)
    return facts


def scan(film: Source, *, keep_alive: Callable[[], None] = lambda: None) -> PacketTimes:
    """All packet times, from the index where it tells them, else by demuxing the whole file.

    Of a film that is not here whole the index alone is asked. Raises NotAFilm, ProbeTimeout, NotHereYet, OSError, and
    what ``keep_alive`` raises.
    """
    limit_s = PROBE_LIMIT_S + film.size_bytes() / SCAN_SPEED_BYTES_S
    ask = partial(_ask, limit_s=limit_s, keep_alive=keep_alive)
    try:
        film.require()
    except NotHereYet:
        found = ask(["index", film.address.url])
        if found is None:
            raise
    else:
        found = ask(["scan", film.address.url])
    times = PacketTimes.from_json(found)
    if not times.video_pts:
        raise NotAFilm("This file has no pictures in it.")
    return times


def _ask(arguments: list[str], *, limit_s: float, keep_alive: Callable[[], None] = lambda: None) -> Any:
    command = [sys.executable, "-m", "apps.streaming.adapters.probe_child", *arguments]
    child = process.start(command, cwd=ROOT, limits=process.PROBE)
    try:
        answer, complaint = _communicate(child, limit_s, keep_alive)
    finally:
        process.end(child)
    if child.returncode == 0:
        return json.loads(answer)
    if child.returncode == -signal.SIGKILL:  # by somebody who needed its memory: the file is not to blame
        raise ProbeTimeout("The machine ended the reading of this film; it may be short of memory.")
    last_line = complaint.decode(errors="replace").strip().rsplit("\n", 1)[-1]
    is_sentence = child.returncode in {1, REFUSED} and last_line.startswith(("This ", "The "))
    raise NotAFilm(last_line if is_sentence else "This file cannot be read as a film.")


def _communicate(child: subprocess.Popen[bytes], limit_s: float, keep_alive: Callable[[], None]) -> tuple[bytes, bytes]:
    until = time.monotonic() + limit_s
    while True:
        try:
            return child.communicate(timeout=min(KEEP_ALIVE_S, limit_s))
        except subprocess.TimeoutExpired as error:
            if time.monotonic() >= until:
                raise ProbeTimeout(f"Reading the film took longer than {limit_s:.0f} s.") from error
            keep_alive()
