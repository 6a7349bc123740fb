"""The index of an MP4 tells what reading every packet tells, at a fraction of the bytes; where it does not, it is not
believed."""

import subprocess
import sys
from pathlib import Path

import pytest
from odd_films import odd_film

import media
from apps.streaming.adapters import index_scan, probe, probe_child
from apps.streaming.adapters.index_scan import scan_index
from apps.streaming.adapters.packet_scan import scan_packets
from apps.streaming.adapters.source import LocalFile
from apps.streaming.domain.sample_tables import sample_tables

ROOT = Path(__file__).resolve().parents[2]
READ = """
import sys
from apps.streaming.adapters import probe_child
found = probe_child.scan("file:" + sys.argv[1])
io = dict(line.split(": ") for line in open("/proc/self/io").read().splitlines())
print(found["from_index"], len(found["video_pts"]), io["rchar"])
"""


def by_index(path: Path):
    with probe_child.open_film(f"file:{path}") as container:
        return scan_index(str(path), container, probe_child.film_video(container))


def by_packets(path: Path):
    with probe_child.open_film(f"file:{path}") as container:
        return scan_packets(container, probe_child.film_video(container))


@pytest.mark.parametrize(
    "path",
    [
        lambda: odd_film("negative dts"),
        lambda: odd_film("index at the front"),
        lambda: odd_film("59.94"),
        lambda: odd_film("hevc"),
        lambda: odd_film("vfr"),
        lambda: odd_film("silent"),
        lambda: odd_film("mono 22 kHz"),
        lambda: media.film("late start mp4"),
        lambda: media.film("open gop"),
    ],
)
def test_the_index_tells_what_the_packets_tell(path):
    told, read = by_index(path()), by_packets(path())
    assert told is not None
    assert {key: told[key] for key in ("video_pts", "keyframes", "last_duration", "sounds")} == {
        key: read[key] for key in ("video_pts", "keyframes", "last_duration", "sounds")
    }


def test_a_film_with_an_index_is_not_read_whole(tmp_path):
    """The index lies at the end, as ffmpeg writes it; the pictures are noise, so that they are most of the file."""
    film = tmp_path / "noise.mp4"
    noise = "nullsrc=s=320x180:r=25:d=20,geq=random(1)*255:128:128"
    sound = ["-f", "lavfi", "-i", "sine=d=20", "-c:a", "aac"]
    media.run_ffmpeg("-f", "lavfi", "-i", noise, *sound, "-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-g",
                     "50", "-pix_fmt", "yuv420p", str(film))  # fmt: skip
    empty = tmp_path / "empty.mp4"
    media.run_ffmpeg("-i", str(film), "-t", "1", "-c", "copy", str(empty))
    counts = {}
    for path in (film, empty):
        answer = subprocess.run([sys.executable, "-c", READ, str(path)], cwd=ROOT, capture_output=True, text=True)
        told, pictures, read_bytes = answer.stdout.split()
        counts[path] = int(read_bytes)
        assert told == "True", answer.stderr
    assert int(pictures) > 0
    # What Python itself reads is the same in both runs.
    assert counts[film] - counts[empty] < film.stat().st_size / 2


@pytest.mark.parametrize("name", ["fragments", "no cues", "mpeg-4 in avi"])
def test_without_a_whole_index_every_packet_is_read(name):
    assert by_index(odd_film(name)) is None
    assert not probe.scan(LocalFile(odd_film(name))).from_index


def test_a_film_that_ends_too_early_is_not_believed_to_be_whole(tmp_path):
    whole = odd_film("index at the front").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    assert by_index(cut) is None
    assert 0 < len(probe.scan(LocalFile(cut)).video_pts) < len(by_packets(odd_film("index at the front"))["video_pts"])


@pytest.mark.parametrize("place", [3, 60, 160])
def test_a_table_that_disagrees_with_the_packets_is_not_believed(monkeypatch, place):
    def lying(moov: bytes):
        found = sample_tables(moov)
        found[0].offsets[place] += 1
        return found

    monkeypatch.setattr(index_scan, "sample_tables", lying)
    assert by_index(odd_film("index at the front")) is None
