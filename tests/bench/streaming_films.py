"""Films for the bench, made by bare ffmpeg: from the shared clip where it is, from moving patterns elsewhere.

A film that must not be copied says H.264 level 5.2 of itself: one number in its header, everything else as usual.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from tests.films import CLIP, CLIP_S

MAKE_LIMIT_S = 180
UNCOPYABLE = ("-bsf:v", "h264_metadata=level=5.2")
GOP_FRAMES = 150  # 5 s at 30 fps
AAC, AC3 = ("-c:a", "aac", "-b:a", "128k"), ("-c:a", "ac3", "-b:a", "448k", "-ac", "6")
SOUND = "aevalsrc='0.2*sin(2*PI*(220+20*mod(t,60))*t)|0.2*sin(2*PI*330*t)':s=48000:d={}"


@dataclass(frozen=True)
class Spent:
    """What one run of a program cost."""

    cpu_s: float
    wall_s: float


def run_ffmpeg(*args: str, cwd: Path | None = None) -> None:
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *args]
    subprocess.run(command, check=True, timeout=MAKE_LIMIT_S, cwd=cwd)


def measure_ffmpeg(*args: str, cwd: Path) -> float:
    """User and system CPU seconds of one bare ffmpeg."""
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *args]
    process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"bare ffmpeg ended with {process.returncode}: {' '.join(args)}")
    return usage.ru_utime + usage.ru_stime


def has_clip() -> bool:
    return CLIP.exists()


def clip_film(path: Path, *, seconds: int, is_copyable: bool, sound_codec: tuple[str, ...] = AAC) -> Path:
    """The clip (640x360) looped without encoding, with generated sound; a pattern of that size, with AAC, without the
    clip."""
    sound = ["-f", "lavfi", "-i", SOUND.format(seconds)]
    guard = () if is_copyable else UNCOPYABLE
    if not has_clip():
        return pattern_film(path, size="640x360", seconds=seconds, is_copyable=is_copyable)
    run_ffmpeg(
        "-stream_loop", str(seconds // CLIP_S - 1), "-i", str(CLIP), *sound, "-map", "0:v", "-map", "1:a",
        "-c:v", "copy", *guard, *sound_codec, str(path),
    )  # fmt: skip
    return path


def pattern_film(path: Path, *, size: str, seconds: int, is_copyable: bool, kbps: int = 0) -> Path:
    """Moving patterns, encoded once for 10 s and looped."""
    return _encoded(path, ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30:duration={CLIP_S}"], size,
                    seconds=seconds, is_copyable=is_copyable, kbps=kbps)  # fmt: skip


def large_film(path: Path, *, size: str, seconds: int, is_copyable: bool, kbps: int = 0) -> Path:
    """The clip enlarged to ``size`` (its detail stays that of 360p), or a pattern of that size."""
    if not has_clip():
        return pattern_film(path, size=size, seconds=seconds, is_copyable=is_copyable, kbps=kbps)
    return _encoded(path, ["-i", str(CLIP)], size, seconds=seconds, is_copyable=is_copyable, kbps=kbps)


def _encoded(path: Path, picture: list[str], size: str, *, seconds: int, is_copyable: bool, kbps: int) -> Path:
    """``kbps`` 0: nearly without loss (CRF 14), a good reference; else that rate, whatever the picture needs."""
    round_path = path.with_name(f"round-{path.stem}.mp4")
    quality = ["-b:v", f"{kbps}k", "-minrate", f"{kbps}k", "-maxrate", f"{kbps}k", "-bufsize", f"{kbps}k",
               "-x264-params", "nal-hrd=cbr:force-cfr=1"] if kbps else ["-crf", "14"]  # fmt: skip
    guard = () if is_copyable else UNCOPYABLE
    width, height = size.split("x")
    look = f"scale={width}:{height}:flags=lanczos,setsar=1"
    run_ffmpeg(
        *picture, "-t", str(CLIP_S), "-vf", look, "-r", "30", "-an", "-c:v", "libx264", "-preset", "superfast",
        *quality, "-pix_fmt", "yuv420p", "-g", str(GOP_FRAMES), "-sc_threshold", "0", str(round_path),
    )  # fmt: skip
    run_ffmpeg(
        "-stream_loop", str(seconds // CLIP_S - 1), "-i", str(round_path), "-f", "lavfi", "-i", SOUND.format(seconds),
        "-map", "0:v", "-map", "1:a", "-c:v", "copy", *guard, "-c:a", "aac", "-b:a", "128k", str(path),
    )  # fmt: skip
    round_path.unlink()
    return path
