"""Films made by ffmpeg for the tests, each kind once per session; and how a packaged film is looked at.

Small and short on purpose: what matters is their shape (container, GOP, clock, tracks), not their beauty.
"""

import atexit
import io
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from imageio_ffmpeg import get_ffmpeg_exe

CLIP = Path(__file__).resolve().parents[2] / "shared/media/big_buck_bunny_360p_10s.mp4"
MAKE_LIMIT_S = 120
SUBTITLES = "1\n00:00:01,000 --> 00:00:03,000\n{0} one & <i>two</i>\n\n2\n00:00:05,000 --> 00:00:06,500\n{0} three\n"


@dataclass(frozen=True)
class Shape:
    """How a film is made; times in seconds, ``gop`` in frames."""

    suffix: str = ".mp4"
    rate: str = "25"
    seconds: float = 12
    gop: int = 50
    size: str = "320x180"
    video: tuple[str, ...] = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-pix_fmt", "yuv420p")
    audio: tuple[str, ...] | None = ("-c:a", "aac", "-b:a", "64k", "-ac", "2")
    audio_rate: int = 48_000
    offset: float = 0
    extra: tuple[str, ...] = ()
    subtitles: tuple[str, ...] = ()


SHAPES = {
    "mp4": Shape(),
    "mkv": Shape(suffix=".mkv"),
    "23.976": Shape(rate="24000/1001", gop=48),
    "25": Shape(rate="25"),
    "29.97": Shape(rate="30000/1001", gop=60),
    "23.976 mkv": Shape(rate="24000/1001", gop=48, suffix=".mkv"),
    "29.97 mkv": Shape(rate="30000/1001", gop=60, suffix=".mkv"),
    "one minute": Shape(seconds=70, size="160x90"),
    "long gop": Shape(seconds=24, gop=600),
    "late start mp4": Shape(offset=7.7),
    "late start mkv": Shape(offset=7.7, suffix=".mkv"),
    "late start ts": Shape(offset=7.7, suffix=".ts"),
    "silent": Shape(audio=None),
    "44.1 kHz": Shape(audio_rate=44_100),
    "ac3 5.1": Shape(suffix=".mkv", audio=("-c:a", "ac3", "-ac", "6")),
    "avi": Shape(suffix=".avi", rate="30000/1001", video=("-c:v", "mpeg4", "-q:v", "5"),
                 audio=("-c:a", "pcm_s16le", "-ac", "2")),
    "hevc 10 bit": Shape(suffix=".mkv", seconds=9, video=("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt",
                         "yuv420p10le", "-x265-params", "log-level=error"), audio=("-c:a", "ac3", "-ac", "2")),
    "portrait": Shape(size="180x320"),
    "large": Shape(size="1280x720", seconds=9),
    "slow": Shape(size="640x360", seconds=40, gop=1000),
    "open gop": Shape(video=("-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-pix_fmt", "yuv420p",
                             "-x264-params", "open-gop=1:keyint=50:min-keyint=50:scenecut=0")),
    "two subtitles": Shape(suffix=".mkv", subtitles=("eng", "fre")),
    "interlaced": Shape(video=("-c:v", "libx264", "-preset", "ultrafast", "-flags", "+ildct+ilme",
                               "-pix_fmt", "yuv420p", "-x264-params", "tff=1")),
}  # fmt: skip


@cache
def folder() -> Path:
    path = Path(tempfile.mkdtemp(prefix="matinee-films-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def run_ffmpeg(*args: str) -> None:
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *args], check=True, timeout=MAKE_LIMIT_S)


@cache
def film(name: str) -> Path:
    """The film of that shape, made on first use."""
    shape = SHAPES[name]
    path = folder() / f"{name.replace(' ', '-')}{shape.suffix}"
    inputs = ["-f", "lavfi", "-i", f"testsrc2=size={shape.size}:rate={shape.rate}:duration={shape.seconds}"]
    maps = ["-map", "0:v"]
    if shape.audio:
        tone = f"aevalsrc='0.2*sin(2*PI*(220+20*t)*t)|0.2*sin(2*PI*330*t)':s={shape.audio_rate}:d={shape.seconds}"
        inputs += ["-f", "lavfi", "-i", tone]
        maps += ["-map", "1:a"]
    tracks: list[str] = []
    for number, language in enumerate(shape.subtitles):
        text = folder() / f"{language}.srt"
        text.write_text(SUBTITLES.format(language))
        inputs += ["-i", str(text)]
        maps += ["-map", f"{2 + number}:s"]
        tracks += [f"-metadata:s:s:{number}", f"language={language}"]
    made = [*inputs, *maps, *shape.video, "-g", str(shape.gop), *(shape.audio or ()), *tracks, *shape.extra]
    run_ffmpeg(*made, "-output_ts_offset", str(shape.offset), str(path))
    return path


def three_languages(path: Path, codecs: tuple[str, str, str], *, seconds: int, late_s: float = 0) -> Path:
    """English, French and German: rising tones that differ, each in its codec; the French begins ``late_s`` later."""
    tones = [f"aevalsrc='0.2*sin(2*PI*({hertz}+10*t)*t)|0':s=48000:d={seconds}" for hertz in (220, 330, 440)]
    pictures = f"testsrc2=size=320x180:rate=25:duration={seconds}"
    inputs = [arg for source in (pictures, *tones) for arg in ("-f", "lavfi", "-i", source)]
    maps = ["-filter_complex", f"[2:a]asetpts=PTS+{late_s}/TB[late]", "-map", "0", "-map", "1", "-map", "[late]",
            "-map", "3"]  # fmt: skip
    coded = [arg for number, codec in enumerate(codecs) for arg in (f"-c:a:{number}", codec)]
    tags = [arg for n, tag in enumerate(("eng", "fre", "ger")) for arg in (f"-metadata:s:a:{n}", f"language={tag}")]
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50"]
    run_ffmpeg(*inputs, *maps, *video, *coded, *tags, str(path))
    return path


@cache
def big_buck_bunny(seconds: int = 30) -> Path:
    """The real clip, looped (keyframes 8.33 s apart), with a generated sound track. Call only when CLIP exists."""
    path = folder() / f"bunny-{seconds}.mkv"
    sound = f"aevalsrc='0.2*sin(2*PI*220*t)|0.2*sin(2*PI*330*t)':s=48000:d={seconds}"
    run_ffmpeg("-stream_loop", "-1", "-i", str(CLIP), "-f", "lavfi", "-i", sound, "-map", "0:v", "-map", "1:a",
               "-c:v", "copy", "-c:a", "aac", "-ac", "2", "-t", str(seconds), str(path))  # fmt: skip
    return path


@dataclass(frozen=True)
class Decoded:
    """Presentation times of all decoded frames and how long each lasts, s."""

    times: tuple[Fraction, ...]
    lengths: tuple[Fraction, ...]

    @property
    def start(self) -> float:
        return float(self.times[0])

    @property
    def worst_gap(self) -> float:
        """How far any frame is from where the one before it ended, s: a hole or an overlap."""
        ends = [start + length for start, length in zip(self.times, self.lengths, strict=True)]
        return float(max((abs(start - end) for end, start in zip(ends, self.times[1:], strict=False)), default=0))

    @property
    def end(self) -> float:
        return float(self.times[-1] + self.lengths[-1])


def decode(data: bytes, kind: str) -> Decoded:
    """All frames of the first ``video`` or ``audio`` stream."""
    times: list[Fraction] = []
    lengths: list[Fraction] = []
    with av.open(io.BytesIO(data)) as container:
        picture_s = 1 / Fraction(container.streams.video[0].average_rate or 25) if kind == "video" else Fraction(0)
        for frame in container.decode(**{kind: 0}):
            times.append(frame.pts * frame.time_base)
            lengths.append(Fraction(frame.samples, frame.sample_rate) if kind == "audio" else picture_s)
    return Decoded(tuple(times), tuple(lengths))


def source_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def joined(folder: Path, track: str) -> bytes:
    """Init segment and all segments of a rendition, as its playlist lists them."""
    names = [f"{track}/init.mp4"]
    lines = (folder / f"{track}.m3u8").read_text().splitlines()
    names += [line for line in lines if line and not line.startswith("#")]
    return b"".join((folder / name).read_bytes() for name in names)
