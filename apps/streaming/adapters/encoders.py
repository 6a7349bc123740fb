"""Finds the encoder that this machine has: each candidate is tried with one second of video before it is believed.

Invariant: there is always an answer. What cannot be tried or fails is skipped with a reason in the log; x264 is last.
"""

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from structlog import get_logger

from apps.streaming.adapters import ffmpeg
from apps.streaming.domain.encoders import AUTO, HARDWARE, UPLOADING, X264, Encoder, EncoderKind, try_arguments

log = get_logger(__name__)

RENDER_NODES = Path("/dev/dri")
KEEP_ALIVE_S = 5.0
KeepAlive = Callable[[], None]
_lock = threading.Lock()
_found: dict[str, Encoder] = {}


def chosen_encoder(keep_alive: KeepAlive = lambda: None) -> Encoder:
    """What the setting VIDEO_ENCODER asks for where it works, else x264; tried once per process.

    A driver that hangs may take half a minute for each candidate. Raises what ``keep_alive`` raises.
    """
    wanted = settings.VIDEO_ENCODER
    while not _lock.acquire(timeout=KEEP_ALIVE_S):  # another thread tries them
        keep_alive()
    try:
        if wanted not in _found:
            _found[wanted] = _choose(wanted, keep_alive)
        return _found[wanted]
    finally:
        _lock.release()


def distrust(encoder: Encoder, reason: str) -> None:
    """An encode failed on this encoder: use x264 until the process starts again."""
    if encoder == X264:
        return
    with _lock:
        _found[settings.VIDEO_ENCODER] = X264
    log.warning("encoder.distrusted", encoder=encoder.kind, reason=reason)


def forget() -> None:
    """Try again at the next question."""
    with _lock:
        _found.clear()


def _choose(wanted: str, keep_alive: KeepAlive) -> Encoder:
    if wanted == EncoderKind.X264:
        return X264
    for encoder in _candidates(wanted):
        fault = fault_of(encoder, keep_alive)
        if fault is None:
            log.info("encoder.chosen", encoder=encoder.kind, device=encoder.device)
            return encoder
        log.info("encoder.refused", encoder=encoder.kind, device=encoder.device, reason=fault)
    if wanted != AUTO:
        log.warning("encoder.fell_back", wanted=wanted, encoder=X264.kind)
    return X264


def _candidates(wanted: str) -> list[Encoder]:
    kinds = HARDWARE if wanted == AUTO else (EncoderKind(wanted),)
    return [encoder for kind in kinds for encoder in _with_devices(kind)]


def _with_devices(kind: EncoderKind) -> list[Encoder]:
    if kind not in UPLOADING:
        return [Encoder(kind)]
    nodes = sorted(RENDER_NODES.glob("renderD*")) if RENDER_NODES.is_dir() else []
    return [Encoder(kind, str(node)) for node in nodes]


def fault_of(encoder: Encoder, keep_alive: KeepAlive = lambda: None) -> str | None:
    """Why the encoder cannot be used here, or None; one second of video through the same launcher as every encode.

    Raises what ``keep_alive`` raises.
    """

    def look() -> ffmpeg.Tick:
        keep_alive()
        return ffmpeg.Tick.IDLE

    with tempfile.TemporaryDirectory(prefix="matinee-encoder-") as folder:
        try:
            ffmpeg.run(try_arguments(encoder), cwd=Path(folder), on_tick=look, look_s=KEEP_ALIVE_S)
        except (ffmpeg.FfmpegFailed, OSError) as error:
            return str(error)[:300]
    return None
