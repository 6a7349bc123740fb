"""A film with everything beside the picture: two languages, text and image subtitles, chapters; small and short."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe
from subtitle_sources import Box, Show, sup

from tests.films import SeededFilm
from tests.swarm import Seeder, make_torrent, tracker

SECONDS = 40
CHAPTERS = ((0, 10, "Arrival"), (10, 25, "The chase"), (25, SECONDS, "Home"))
TEXT = "1\n00:00:00,500 --> 00:00:38,000\nA line of <i>text</i>\n"
# One white block in the lower third of a 1920x1080 canvas, over the second half of the film.
IMAGE = Box(x=480, y=810, width=960, height=108)
IMAGE_FROM_S, IMAGE_UNTIL_S = 20.0, 38.0
TONE_HZ = {"eng": 220, "ger": 880}
MAKE_LIMIT_S = 120


def make_film_with_tracks(path: Path) -> Path:
    """Matroska: H.264 360p, English and German sound (tones an octave apart, twice), SRT, PGS, three chapters."""
    text, image, notes = (path.with_suffix(suffix) for suffix in (".srt", ".sup", ".txt"))
    text.write_text(TEXT)
    image.write_bytes(sup([Show(0), Show(IMAGE_FROM_S, (IMAGE,)), Show(IMAGE_UNTIL_S)]))
    parts = [f"[CHAPTER]\nTIMEBASE=1/1\nSTART={start}\nEND={end}\ntitle={title}\n" for start, end, title in CHAPTERS]
    notes.write_text(";FFMETADATA1\n" + "".join(parts))
    picture = f"testsrc2=size=640x360:rate=25:duration={SECONDS}"
    tones = [f"aevalsrc='0.2*sin(2*PI*{hz}*t)|0.2*sin(2*PI*{hz}*t)':s=48000:d={SECONDS}" for hz in TONE_HZ.values()]
    inputs = [arg for source in (picture, *tones) for arg in ("-f", "lavfi", "-i", source)]
    inputs += ["-i", str(text), "-f", "sup", "-i", str(image), "-i", str(notes)]
    maps = [arg for stream in ("0:v", "1:a", "2:a", "3:s", "4:s") for arg in ("-map", stream)]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac"]
    tags = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger"]
    tags += ["-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=fre"]
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *inputs, *maps, "-map_chapters", "5", *coded]
    command += ["-c:s:0", "srt", "-c:s:1", "copy", *tags, str(path)]
    subprocess.run(command, check=True, timeout=MAKE_LIMIT_S)
    return path


@contextmanager
def seeded_film_with_tracks(folder: Path, *, name: str) -> Iterator[SeededFilm]:
    path = make_film_with_tracks(folder / f"{name.replace(' ', '.')}.mkv")
    with tracker() as announce_url:
        torrent = make_torrent(path, [announce_url])
        with Seeder(path, torrent):
            yield SeededFilm(name=name, path=path, torrent=torrent)
