"""Films that tests request: Big Buck Bunny looped where the clip is at hand, a moving pattern elsewhere, always with
generated sound; and the proof that a packaged film is whole."""

import io
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin

import av
import httpx
from imageio_ffmpeg import get_ffmpeg_exe

from tests.swarm import Seeder, make_torrent, tracker

CLIP = Path(__file__).resolve().parent.parent.parent / "shared/media/big_buck_bunny_360p_10s.mp4"
CLIP_S = 10
MAKE_LIMIT_S = 120


@dataclass(frozen=True)
class SeededFilm:
    name: str
    path: Path
    torrent: bytes


def make_film(path: Path, *, seconds: int) -> Path:
    """H.264 360p at 30 fps with a sweeping stereo tone, in the container that the suffix names (.mp4, .mkv).

    ``seconds`` is a multiple of 10: the clip is looped whole.
    """
    if seconds % CLIP_S:
        raise ValueError(f"{seconds} s is not a whole number of rounds of {CLIP_S} s.")
    sound = f"aevalsrc='0.2*sin(2*PI*(220+20*t)*t)|0.2*sin(2*PI*330*t)':s=48000:d={seconds}"
    if CLIP.exists():
        # Whole rounds: a copy cut by time would end in pictures whose neighbours are missing.
        picture = ["-stream_loop", str(seconds // CLIP_S - 1), "-i", str(CLIP)]
        video = ["-c:v", "copy"]
    else:
        picture = ["-f", "lavfi", "-i", f"testsrc2=size=640x360:rate=30:duration={seconds}"]
        video = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "250"]
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *picture, "-f", "lavfi", "-i", sound]
    command += ["-map", "0:v", "-map", "1:a", *video, "-c:a", "aac", "-b:a", "128k", str(path)]
    subprocess.run(command, check=True, timeout=MAKE_LIMIT_S)
    return path


@contextmanager
def seeded_film(
    folder: Path, *, name: str, seconds: int, suffix: str = ".mkv", rate_bytes: int = 0
) -> Iterator[SeededFilm]:
    """A film, its .torrent, and one seeder on loopback that a tracker names; ``rate_bytes`` limits its upload."""
    path = make_film(folder / f"{name.replace(' ', '.')}{suffix}", seconds=seconds)
    with tracker() as announce_url:
        torrent = make_torrent(path, [announce_url])
        with Seeder(path, torrent, rate_bytes=rate_bytes):
            yield SeededFilm(name=name, path=path, torrent=torrent)


@dataclass(frozen=True)
class Rendition:
    """One media playlist, joined: how many frames it has, when the first starts, s, and (time, step) of each gap."""

    frames: int
    start: float
    gaps: list[tuple[float, float]]


def count_frames(source: Path | bytes) -> int:
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as container:
        return sum(1 for _ in container.decode(video=0))


def playlist_urls(playlist_url: str) -> list[str]:
    """The addresses that a playlist names: init segment first, then segments, or the variants of a master."""
    text = httpx.get(playlist_url).raise_for_status().text
    names = []
    for line in text.splitlines():
        if line.startswith("#EXT-X-MAP:"):
            names.append(line.split('URI="')[1].split('"')[0])
        elif line and not line.startswith("#"):
            names.append(line)
    return [urljoin(playlist_url, name) for name in names]


def joined(playlist_url: str) -> bytes:
    """All bytes of one rendition: init segment and every media segment, in order."""
    return b"".join(httpx.get(url, timeout=60).raise_for_status().content for url in playlist_urls(playlist_url))


def audio_playlists(master_url: str) -> list[str]:
    lines = httpx.get(master_url).raise_for_status().text.splitlines()
    return [
        urljoin(master_url, line.split('URI="')[1].split('"')[0])
        for line in lines
        if line.startswith("#EXT-X-MEDIA:") and "TYPE=AUDIO" in line
    ]


def inspect(data: bytes, kind: str) -> Rendition:
    """Decode a joined rendition (``kind``: video or audio); a gap is half a frame more or less than a frame lasts."""
    with av.open(io.BytesIO(data)) as container:
        times: list[float] = []
        lengths: list[float] = []
        for frame in container.decode(**{kind: 0}):
            times.append(float(frame.pts * frame.time_base))
            rate = frame.sample_rate if kind == "audio" else float(container.streams.video[0].average_rate or 30)
            lengths.append((frame.samples if kind == "audio" else 1) / rate)
    steps = zip(pairwise(times), lengths, strict=False)
    allowed = max(lengths) / 2
    gaps = [(before, after - before) for (before, after), length in steps if abs(after - before - length) > allowed]
    return Rendition(len(times), times[0], gaps)
