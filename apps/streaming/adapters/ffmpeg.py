"""Runs ffmpeg and watches it: liveness by ``-progress`` and by finished files, a stall limit, SIGKILL only."""

import os
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from subprocess import Popen

import imageio_ffmpeg
from django.conf import settings

from apps.streaming.adapters import process
from apps.streaming.adapters.vitals import vitals
from apps.streaming.adapters.work_size import Overgrown, refuse_overgrown
from apps.streaming.domain.patience import Patience, stall_limit_s
from apps.streaming.domain.progress import progress_number

LOOK_S = 0.2
READ_BYTES = 64 * 1024
SILENCE_S = 2.0  # who spoke this recently is not looked at more closely
ERROR_MARKS = (b"[error]", b"[fatal]", b"[panic]")  # of ``-loglevel level``
DAMAGE_MARKS = (b"corrupt decoded frame", b"Error submitting packet to decoder")  # one line for each broken picture


class Tick(StrEnum):
    """What the caller's look at the work folder says."""

    IDLE = "idle"
    PROGRESS = "progress"
    STILL = "still"  # others come first: it is stopped, and goes on at the next look that says otherwise
    ENOUGH = "enough"


class FfmpegFailed(Exception):
    """ffmpeg ended badly, stood still, ran too long or wrote too much; the message ends with the end of its stderr."""


class FfmpegStalled(FfmpegFailed):
    """It stood still for its whole limit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    complaint: str  # the end of stderr
    frames: int  # what ``-progress`` counted
    errors: int = 0  # lines of stderr
    damaged: int = 0  # pictures that the decoder could not read, or not whole


@dataclass(slots=True)
class Watch:
    """Reads both pipes without blocking and keeps the last signs of life."""

    last_life: float
    out_time_us: int = -1
    frames: int = 0
    stderr: bytes = b""
    partial: bytes = b""
    errors: int = 0
    damaged: int = 0
    partial_stderr: bytes = b""
    is_still: bool = False

    def take_stdout(self, data: bytes) -> None:
        *lines, self.partial = (self.partial + data)[-READ_BYTES:].split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            self.frames = progress_number(text, "frame") or self.frames
            moved_to = progress_number(text, "out_time_us")
            if moved_to is not None and moved_to > self.out_time_us:
                self.out_time_us, self.last_life = moved_to, time.monotonic()

    def take_stderr(self, data: bytes) -> None:
        self.stderr = (self.stderr + data)[-process.STDERR_KEPT_BYTES :]
        *lines, self.partial_stderr = (self.partial_stderr + data)[-2 * READ_BYTES :].split(b"\n")
        self.errors += sum(any(mark in line for mark in ERROR_MARKS) for line in lines)
        self.damaged += sum(any(mark in line for mark in DAMAGE_MARKS) for line in lines)

    @property
    def complaint(self) -> str:
        return self.stderr.decode(errors="replace").replace("\x00", "").strip()[-1500:]


@cache
def binary() -> str:
    """The operator's ffmpeg (``FFMPEG``) or the bundled one."""
    return settings.FFMPEG or imageio_ffmpeg.get_ffmpeg_exe()


def run(
    args: Sequence[str],
    *,
    cwd: Path,
    on_tick: Callable[[], Tick] = lambda: Tick.IDLE,
    look_s: float = LOOK_S,
    expected_step_s: float = 3.0,
    niceness: int = 0,
) -> Outcome:
    """Run to the end, or until ``on_tick``, asked every ``look_s``, says ENOUGH; it may raise to abandon the run.

    Raises FfmpegFailed (FfmpegStalled). ``expected_step_s`` is how long one segment should take.
    """
    limit_s = stall_limit_s(expected_step_s)
    child = process.start([binary(), *args], cwd=cwd, niceness=niceness)
    watch = Watch(last_life=time.monotonic())

    def look() -> Tick:
        refuse_overgrown(cwd)
        return on_tick()

    try:
        stopped_early = _follow(child, watch, look, limit_s, look_s)
        if stopped_early or child.wait() == 0:
            return Outcome(watch.complaint, watch.frames, watch.errors, watch.damaged)
        raise FfmpegFailed(f"ffmpeg ended with code {child.returncode}. {watch.complaint}")
    except Overgrown as error:
        raise FfmpegFailed(f"ffmpeg was stopped. {error}") from error
    finally:
        process.end(child)


def _follow(child: Popen[bytes], watch: Watch, on_tick: Callable[[], Tick], limit_s: float, look_s: float) -> bool:
    patience = Patience(limit_s, watch.last_life)
    with selectors.DefaultSelector() as selector:
        for pipe, take in ((child.stdout, watch.take_stdout), (child.stderr, watch.take_stderr)):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ, take)
        next_tick = 0.0
        while selector.get_map():
            _drain(selector, look_s)
            if time.monotonic() >= next_tick:
                tick = on_tick()
                next_tick = time.monotonic() + look_s
                if tick == Tick.ENOUGH:
                    return True
                _heed(tick, child, watch)
            if _is_over(child, watch, patience):
                raise FfmpegStalled(f"ffmpeg made no progress for {limit_s:.0f} s. {watch.complaint}")
    return False


def _heed(tick: Tick, child: Popen[bytes], watch: Watch) -> None:
    if tick != Tick.IDLE:
        watch.last_life = time.monotonic()
    if watch.is_still != (tick == Tick.STILL):
        watch.is_still = not watch.is_still
        process.signal_group(child, signal.SIGSTOP if watch.is_still else signal.SIGCONT)


def _is_over(child: Popen[bytes], watch: Watch, patience: Patience) -> bool:
    now = time.monotonic()
    if watch.last_life > patience.alive_at:
        patience.note_life(watch.last_life)
    if now - watch.last_life < min(SILENCE_S, patience.limit_s):
        return False
    return patience.is_over(now, vitals(child.pid))


def _drain(selector: selectors.BaseSelector, limit_s: float) -> None:
    for key, _ in selector.select(limit_s):
        data = os.read(key.fd, READ_BYTES)
        if data:
            key.data(data)
        else:
            selector.unregister(key.fileobj)
