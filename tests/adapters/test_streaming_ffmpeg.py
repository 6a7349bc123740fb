"""The facts that decide the command lines, checked on the real ffmpeg, and how processes are ended."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

import media
from apps.streaming.adapters import ffmpeg, pieces, probe, process
from apps.streaming.adapters.source import LocalFile
from apps.streaming.adapters.vitals import vitals
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain import patience
from apps.streaming.domain.assembly import PictureAssembler
from apps.streaming.domain.ladder import Ladder, Track, choose_ladder

ROOT = Path(__file__).resolve().parents[2]


def plan(source: Path) -> tuple[command.Source, Ladder]:
    film = LocalFile(source)
    facts = probe.probe(film)
    ladder = choose_ladder(facts, probe.scan(film))
    return command.Source(film.address, facts.duration_s, ladder.origin_s), ladder


def track_of(ladder: Ladder, name: str) -> Track:
    return next(track for track in ladder.tracks if track.name.startswith(name))


def make(source: command.Source, track: Track, folder: Path, first: int, last: int) -> dict[int, list[Path]]:
    """Run the unit [first, last) and answer the pieces of each segment that the plan accepted."""
    folder.mkdir()
    if track.recipe.mode == "copy":
        args = command.copy_video(source, track.recipe, track.segments, first, last)
    else:
        (folder / "piece").mkdir()
        args = command.encode_rungs(source, {"piece": track.recipe}, track.segments, first, last)
    ffmpeg.run(args, cwd=folder)
    for path in (folder / "piece").glob("*.m*"):
        path.rename(folder / path.name)
    init = pieces.init_facts(folder / command.INIT)
    assembler = PictureAssembler(track.segments, first, last, 1 / Fraction(track.recipe.fps) / 2)
    found = [assembler.add(path.name, init, pieces.piece_facts(path)) for path in sorted(folder.glob("*.m4s"))]
    return {joined.index: [folder / piece for piece in joined.pieces] for joined in found if joined}


def starts(folder: Path, made: dict[int, list[Path]]) -> dict[int, Fraction]:
    init = pieces.init_facts(folder / command.INIT)
    facts = {index: pieces.piece_facts(paths[0]) for index, paths in made.items()}
    return {i: Fraction(f.decode_start + f.first_offset - init.edit_start, init.timescale) for i, f in facts.items()}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "rung"),
    [
        ("23.976", "v-src"),
        ("29.97 mkv", "v-src"),
        ("late start mp4", "v-src"),
        ("late start ts", "v-src"),
        ("large", "v480"),
        ("avi", "v480"),
        ("long gop", "v480"),
    ],
)
def test_a_restart_at_a_grid_point_continues_exactly(tmp_path, name, rung):
    source, ladder = plan(media.film(name))
    track = track_of(ladder, rung)
    count = len(track.segments)
    whole = make(source, track, tmp_path / "whole", 0, count)
    later = make(source, track, tmp_path / "later", 1, count)
    assert sorted(whole) == list(range(count))
    assert sorted(later) == list(range(1, count))
    assert digest(tmp_path / "whole" / command.INIT) == digest(tmp_path / "later" / command.INIT)
    for folder, made in ((tmp_path / "whole", whole), (tmp_path / "later", later)):
        for index, start in starts(folder, made).items():
            assert float(start) == pytest.approx(float(track.segments.start_s(index)), abs=0.0011)
    mixed = (tmp_path / "later" / command.INIT).read_bytes()
    for index in range(count):
        mixed += b"".join(path.read_bytes() for path in (whole if index < 1 else later)[index])
    seen = media.decode(mixed, "video")
    assert len(seen.times) == sum(track.segments.frames)
    assert seen.worst_gap < 0.002


def test_a_middle_unit_stops_where_it_should(tmp_path):
    source, ladder = plan(media.film("large"))
    track = track_of(ladder, "v480")
    assert sorted(make(source, track, tmp_path / "middle", 1, 2)) == [1]


def test_rungs_of_one_film_have_equal_grids(tmp_path):
    source, ladder = plan(media.film("large"))
    found = {}
    for rung in ("v-src", "v480"):
        track = track_of(ladder, rung)
        found[rung] = starts(tmp_path / rung, make(source, track, tmp_path / rung, 0, len(track.segments)))
    assert found["v-src"] == found["v480"]


def test_unfinished_pieces_never_carry_a_finished_name(tmp_path):
    source, ladder = plan(media.film("one minute"))
    track = track_of(ladder, "v-src")
    work = tmp_path / "work"
    work.mkdir()
    args = [ffmpeg.binary(), *command.copy_video(source, track.recipe, track.segments, 0, len(track.segments))]
    args.insert(1, "-re")  # slow enough to be caught in the middle
    args = [args[0], *args[2 : args.index("-i")], "-readrate", "8", *args[args.index("-i") :]]
    child = process.start(args, cwd=work)
    until = time.monotonic() + 60
    while len(list(work.glob("*.m4s"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    process.end(child)
    finished = sorted(work.glob("*.m4s"))
    assert len(finished) >= 2
    assert [pieces.piece_facts(path).frames for path in finished] == [50] * len(finished)


def test_a_silent_run_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "STALL_MIN_S", 1.0)
    fifo = tmp_path / "never.mp4"
    os.mkfifo(fifo)
    holder = os.open(fifo, os.O_RDWR)
    try:
        with pytest.raises(ffmpeg.FfmpegFailed, match="no progress"):
            ffmpeg.run(["-nostdin", "-i", f"file:{fifo}", "-f", "null", "-"], cwd=tmp_path, expected_step_s=0.1)
    finally:
        os.close(holder)


def test_a_run_stands_still_while_it_is_told_to_and_is_whole_afterwards(tmp_path, monkeypatch):
    """Standing still is no hang: the limit here is shorter."""
    monkeypatch.setattr(patience, "STALL_MIN_S", 1.0)
    monkeypatch.setattr(patience, "STALL_MAX_S", 1.0)
    began, used = time.monotonic(), []
    children = spy_on_starts(monkeypatch)

    def look() -> ffmpeg.Tick:
        told = ffmpeg.Tick.STILL if 0.5 < time.monotonic() - began < 3.5 else ffmpeg.Tick.IDLE
        if told == ffmpeg.Tick.STILL and (seen := vitals(children[0].pid)):
            used.append(seen.cpu_s)
        return told

    args = ["-nostdin", "-v", "error", "-y", "-progress", "pipe:1", "-readrate", "2"]
    args += ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-c:v", "libx264", "out.mp4"]
    outcome = ffmpeg.run(args, cwd=tmp_path, on_tick=look)
    assert outcome.frames == 100
    assert len(used) >= 8
    assert used[-1] == used[2], "it did something while it stood still"
    assert len(media.decode((tmp_path / "out.mp4").read_bytes(), "video").times) == 100


def test_a_run_that_stands_still_can_be_abandoned(tmp_path, monkeypatch):
    children, looks = spy_on_starts(monkeypatch), []

    def look() -> ffmpeg.Tick:
        looks.append(1)
        if len(looks) > 3:
            raise KeyError("abandoned")
        return ffmpeg.Tick.STILL

    with pytest.raises(KeyError, match="abandoned"):
        ffmpeg.run(["-nostdin", "-re", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"], cwd=tmp_path, on_tick=look)
    assert children[0].returncode == -signal.SIGKILL


def spy_on_starts(monkeypatch) -> list[subprocess.Popen[bytes]]:
    start, children = process.start, []

    def start_and_note(*args, **changes) -> subprocess.Popen[bytes]:
        children.append(start(*args, **changes))
        return children[-1]

    monkeypatch.setattr(process, "start", start_and_note)
    return children


def test_an_abandoned_run_leaves_no_process(tmp_path):
    source, ladder = plan(media.film("one minute"))
    args = ["-nostdin", "-readrate", "1", "-i", source.address.url, "-progress", "pipe:1", "-f", "null", "-"]

    class Lost(Exception):
        pass

    def lose() -> ffmpeg.Tick:
        raise Lost

    with pytest.raises(Lost):
        ffmpeg.run(args, cwd=tmp_path, on_tick=lose)
    children = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "comm="], capture_output=True, text=True)
    assert "ffmpeg" not in children.stdout
    assert ladder.duration_s


def test_ffmpeg_dies_with_the_worker_that_started_it(tmp_path):
    program = (
        "import sys, time; from pathlib import Path\n"
        "from apps.streaming.adapters import process\n"
        f"child = process.start(['sleep', '300'], cwd=Path({str(tmp_path)!r}))\n"
        "print(child.pid, flush=True); time.sleep(300)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    child = int(worker.stdout.readline())
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    until = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < until:
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            break  # dead; whoever adopted it has not looked yet
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child}").exists()


def test_errors_keep_only_the_end_of_what_ffmpeg_says(tmp_path):
    with pytest.raises(ffmpeg.FfmpegFailed, match="ended with code") as caught:
        ffmpeg.run(["-nostdin", "-i", "file:/nowhere.mp4", "-f", "null", "-"], cwd=tmp_path)
    assert "No such file" in str(caught.value)
    assert len(str(caught.value)) < 2000
