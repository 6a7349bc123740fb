"""What making a film costs: the ladder against bare ffmpeg, remux, trickplay, storage, two workers, quality.

CPU is user + system time of the product's worker and of everything it started, unit by unit.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.streaming.domain.damage import PROBED_MAX, PROBED_MIN
from tests.bench.streaming_box import Box
from tests.bench.streaming_films import clip_film, has_clip, large_film, measure_ffmpeg, pattern_film, run_ffmpeg
from tests.bench.streaming_table import Row

LADDER_S, TRICKPLAY_S, REMUX_S, REMUX_KBPS, WORKERS_S, QUALITY_S = 60, 600, 600, 5000, (240, 480), 10
CPU_GOAL, REMUX_GOAL, TRICKPLAY_GOAL, STORAGE_GOAL_GB_H, SPEED_UP_GOAL = 1.05, 150, 0.01, 1.3, 1.8
ROUNDS = 4  # by turns; what others do on the machine only ever adds to CPU time, so the least of each side counts
SEGMENT_S = 4
RATE = 30


@dataclass
class Made:
    """One film that a worker has finished."""

    path: Path
    asset: str
    seconds: float
    records: list[dict[str, Any]] = field(default_factory=list)
    tracks: list[dict[str, Any]] = field(default_factory=list)
    folder: Path = Path()

    @property
    def rungs(self) -> list[dict[str, Any]]:
        """Encoded pictures that were made, largest first."""
        made = [t for t in self.tracks if t["kind"] == "video" and t["recipe"]["mode"] == "encode" and t["bytes"]]
        return sorted(made, key=lambda track: -track["recipe"]["width"])

    def cpu_s(self, kind: str, *, only: str | None = None) -> float:
        """All units of a kind; ``only`` those that made one certain track."""
        return sum(
            record["python_s"] + record["children_s"]
            for record in self.records
            if any(unit["kind"] == kind and (only is None or only in unit["rungs"]) for unit in record["units"])
        )

    def python_s(self, kind: str) -> float:
        return sum(r["python_s"] for r in self.records if any(unit["kind"] == kind for unit in r["units"]))


def make(box: Box, path: Path, *, on_demand: Sequence[int] = (), seconds: float, name: str = "") -> Made:
    """Let one worker do everything; ``on_demand``: heights of rungs that only a viewer brings about."""
    added = box.child.ask("add", name=name or path.stem, path=str(path))
    made = Made(path, added["asset"], seconds)
    answer = box.child.ask("work", asset=made.asset)
    if answer["state"]["state"] != "complete":
        raise SystemExit(f"{path.name} ended {answer['state']}; see {box.child.log}")
    made.records = answer["records"]
    for height in on_demand:
        box.child.ask("expect", title=added["title"], position_s=0, height=height)
        made.records += box.child.ask("work", asset=made.asset)["records"]
    listed = box.child.ask("tracks", asset=made.asset)
    made.tracks, made.folder = listed["tracks"], Path(listed["folder"])
    return made


# --- one decode for the whole ladder --------------------------------------------------------------------------


def trickplay_s(box: Box) -> float:
    """Of a film that is long enough to get its pictures as real ones do: every ten seconds."""
    path = large_film(box.films / "long.mp4", size="1280x720", seconds=TRICKPLAY_S, is_copyable=False)
    added = box.child.ask("add", name="long", path=str(path))
    box.child.ask("work", asset=added["asset"], most=1)  # the probe
    [record] = box.child.ask("work", asset=added["asset"], most=1, kind="trickplay")["records"]
    assert [unit["kind"] for unit in record["units"]] == ["trickplay"]
    box.child.ask("forget", title=added["title"])
    path.unlink()
    return float(record["python_s"] + record["children_s"])


def encoder(recipe: dict[str, Any]) -> list[str]:
    gop = str(SEGMENT_S * RATE)
    return ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p", "-g", gop,
            "-keyint_min", gop, "-sc_threshold", "0", "-crf", str(recipe["crf"]),
            "-maxrate", f"{recipe['max_kbps']}k", "-bufsize", f"{recipe['max_kbps'] * 2}k"]  # fmt: skip


def muxer(name: str) -> list[str]:
    return ["-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", str(SEGMENT_S), "-hls_fmp4_init_filename",
            f"{name}.mp4", "-hls_segment_filename", f"{name}-%05d.m4s", f"{name}.m3u8"]  # fmt: skip


def bare_ladder(made: Made, cwd: Path) -> float:
    """One ffmpeg, one decode, every rung scaled from the one above it."""
    steps, source = [], "0:v"
    for number, track in enumerate(made.rungs):
        recipe, is_last = track["recipe"], number == len(made.rungs) - 1
        fork = f"[out{number}]" if is_last else f",split=2[out{number}][next{number}]"
        steps.append(f"[{source}]scale={recipe['width']}:{recipe['height']},setsar=1{fork}")
        source = f"next{number}"
    args = ["-i", str(made.path), "-filter_complex", ";".join(steps)]
    for number, track in enumerate(made.rungs):
        args += ["-map", f"[out{number}]", *encoder(track["recipe"]), *muxer(track["name"])]
    return measure_ffmpeg(*args, cwd=cwd)


def bare_rung(made: Made, track: dict[str, Any], cwd: Path) -> float:
    recipe = track["recipe"]
    scale = f"scale={recipe['width']}:{recipe['height']},setsar=1"
    return measure_ffmpeg("-i", str(made.path), "-map", "0:v", "-vf", scale, *encoder(recipe), *muxer(track["name"]),
                          cwd=cwd)  # fmt: skip


def proof_s(made: Made, tracks: list[dict[str, Any]], cwd: Path, *, places: int = PROBED_MIN) -> float:
    """What it costs to decode some segments of each rung, which the product does before `ready`.

    No more for three hours than for ten minutes, so it weighs on a short film as it never does on a real one.
    """
    total = 0.0
    for track in tracks:
        folder = made.folder / track["name"]
        segments = sorted(folder.glob("*.m4s"))
        steps = places - 1
        chosen = sorted({(len(segments) - 1) * step // steps for step in range(steps + 1)})
        parts = [folder / "init.mp4", *(segments[index] for index in chosen)]
        (cwd / "proof.mp4").write_bytes(b"".join(part.read_bytes() for part in parts))
        total += measure_ffmpeg("-i", "proof.mp4", "-f", "null", "-", cwd=cwd)
    return total


def ladder_rows(box: Box) -> list[Row]:
    path = large_film(box.films / "ladder.mp4", size="1280x720", seconds=LADDER_S, is_copyable=False)
    films: list[Made] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory(dir=box.folder) as name:
        for turn in range(ROUNDS):
            films.append(make(box, path, seconds=LADDER_S, name=f"ladder {turn}"))
            bare.append(bare_ladder(films[-1], Path(name)))
        made = min(films, key=lambda film: film.cpu_s("video"))
        product_s, bare_s = made.cpu_s("video"), min(bare)
        separate_s = sum(bare_rung(made, track, Path(name)) for track in made.rungs)
        proved_s = min(proof_s(made, made.rungs, Path(name)) for _ in range(ROUNDS))
    lasting = (product_s - proved_s) / bare_s
    names = "+".join(track["name"] for track in made.rungs)
    python_share = made.python_s("video") / product_s
    ratio, apart = product_s / bare_s, separate_s / bare_s
    short = min(film.cpu_s("trickplay") for film in films) / product_s
    long_s = trickplay_s(box)
    trickplay = long_s / (product_s / LADDER_S * TRICKPLAY_S)
    extra_bytes = sum(track["bytes"] for track in made.tracks if track["name"] != "v-src")
    gb_h = extra_bytes / 1e9 * 3600 / LADDER_S
    detail = ", ".join(f"{t['name']} {t['bytes'] * 8 / 1000 / LADDER_S:.0f}k" for t in made.tracks if t["bytes"])
    each = " ".join(f"{film.cpu_s('video') / by:.3f}" for film, by in zip(films, bare, strict=True))
    remark = f"{LADDER_S} s of 720p, least of {ROUNDS} rounds ({each}); Python {python_share:.1%}; proof included"
    return [
        Row(f"CPU of the ladder ({names})", f"{product_s:.1f} s = {ratio:.3f}x", f"<= {CPU_GOAL}x", ratio <= CPU_GOAL,
            f"{bare_s:.1f} s one decode", remark),
        Row("the same without the proof", f"{lasting:.3f}x", f"<= {CPU_GOAL}x", lasting <= CPU_GOAL, "",
            f"proof: {proved_s:.1f} s for {PROBED_MIN} segments a rung"),
        Row("the same against separate runs", f"{product_s / separate_s:.3f}x", "-", None,
            f"{separate_s:.1f} s = {apart:.2f}x", "one bare ffmpeg for each rung"),
        Row(f"trickplay, of the ladder's CPU, {TRICKPLAY_S} s film", f"{trickplay:.2%}", f"<= {TRICKPLAY_GOAL:.0%}",
            trickplay <= TRICKPLAY_GOAL, "-", f"{long_s:.2f} s; 720p, a keyframe every 5 s"),
        Row(f"the same, {LADDER_S} s film", f"{short:.2%}", f"<= {TRICKPLAY_GOAL:.0%}", short <= TRICKPLAY_GOAL, "-",
            "gets three times the pictures for its length"),
        Row("storage beyond the source", f"{gb_h:.2f} GB/h", f"<= {STORAGE_GOAL_GB_H}", gb_h <= STORAGE_GOAL_GB_H, "-",
            f"720p, real detail of 360p with grain; {detail}"),
    ]  # fmt: skip


# --- remux ----------------------------------------------------------------------------------------------------


def remux_rows(box: Box) -> list[Row]:
    path = large_film(box.films / "remux.mp4", size="1920x1080", seconds=REMUX_S, is_copyable=True, kbps=REMUX_KBPS)
    added = box.child.ask("add", name="remux", path=str(path))
    made = Made(path, added["asset"], REMUX_S)
    while True:  # only the copy: the rungs of a long film are another section's work
        answer = box.child.ask("work", asset=made.asset, most=1)
        made.records += answer["records"]
        listed = box.child.ask("tracks", asset=made.asset)
        made.tracks, made.folder = listed["tracks"], Path(listed["folder"])
        if not answer["records"] or any(t["name"] == "v-src" and t["state"] == "ready" for t in made.tracks):
            break
    cpu_s = made.cpu_s("video", only="v-src")
    with tempfile.TemporaryDirectory(dir=box.folder) as name:
        bare_s = measure_ffmpeg("-i", str(path), "-map", "0:v", "-c", "copy", *muxer("copy"), cwd=Path(name))
        places = min(max(PROBED_MIN, REMUX_S // 60), PROBED_MAX)
        proved_s = proof_s(
            made, [track for track in made.tracks if track["name"] == "v-src"], Path(name), places=places
        )
    box.child.ask("forget", title=added["title"])
    path.unlink()
    speed, bare, whole = REMUX_S / (cpu_s - proved_s), REMUX_S / bare_s, REMUX_S / cpu_s
    return [Row("remux, x realtime per core", f"{speed:.0f}x", f">= {REMUX_GOAL}x", speed >= REMUX_GOAL,
                f"{bare:.0f}x (-c copy)", f"by CPU time, {REMUX_S} s of 1080p at {REMUX_KBPS} kbit/s; "
                f"{whole:.0f}x with the proof of {places} segments")]  # fmt: skip


# --- two workers ----------------------------------------------------------------------------------------------


def worker_rows(box: Box) -> list[Row]:
    """The same film by one worker on one core, then by two workers on a core each."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return [Row("two workers against one", "not measured", f">= {SPEED_UP_GOAL}x", None, note="one core here")]
    return [_worker_row(box, seconds, cores) for seconds in WORKERS_S]


def _worker_row(box: Box, seconds: int, cores: Sequence[int]) -> Row:
    path = clip_film(box.films / f"workers-{seconds}.mp4", seconds=seconds, is_copyable=False)
    with box.new_child() as first, box.new_child() as second:
        walls, doubled = [], 0
        for team in ([first], [first, second]):
            added = first.ask("add", name=f"workers {len(team)} {seconds}", path=str(path))
            first.ask("work", asset=added["asset"], most=1)  # the probe, before there is anything to share
            for worker, core in zip(team, cores, strict=False):
                worker.ask("pin", cores=[core])
                worker.send("work", asset=added["asset"])
            walls.append(max(worker.answer()["wall_s"] for worker in team))
            units = first.ask("units", asset=added["asset"])["units"]
            doubled += sum(unit["attempt"] - 1 for unit in units if unit["state"] == "done")
            first.ask("forget", title=added["title"])
    speed_up = walls[0] / walls[1]
    return Row(f"two workers against one, a core each, {seconds} s film", f"{speed_up:.2f}x", f">= {SPEED_UP_GOAL}x",
               speed_up >= SPEED_UP_GOAL and not doubled, "2x",
               f"{walls[0]:.1f} s, {walls[1]:.1f} s; {len(cores)} cores here; done twice: {doubled}")  # fmt: skip


# --- quality --------------------------------------------------------------------------------------------------


def quality_rows(box: Box) -> list[Row]:
    films = [("pattern 720p", pattern_film(box.films / "pattern.mp4", size="1280x720", seconds=QUALITY_S,
                                           is_copyable=False))]  # fmt: skip
    if has_clip():
        large = large_film(box.films / "clip-720p.mp4", size="1280x720", seconds=QUALITY_S, is_copyable=False)
        films += [("clip 360p", clip_film(box.films / "clip.mp4", seconds=QUALITY_S, is_copyable=False)),
                  ("clip enlarged to 720p", large)]  # fmt: skip
    rows = []
    for name, path in films:
        made = make(box, path, seconds=QUALITY_S, on_demand=(240, 144))
        for track in made.rungs:
            score, kbps = vmaf(box, made, track), track["bytes"] * 8 / 1000 / QUALITY_S
            size = f"{track['recipe']['width']}x{track['recipe']['height']}"
            rows.append(Row(f"VMAF of {track['name']}, {name}", f"{score:.1f} at {kbps:.0f} kbit/s", note=size))
    return rows


def vmaf(box: Box, made: Made, track: dict[str, Any]) -> float:
    """Mean VMAF of a rung, enlarged to the source's size, against the source."""
    joined, report = box.folder / "rung.mp4", box.folder / "vmaf.json"
    names = [made.folder / track["name"] / "init.mp4", *sorted((made.folder / track["name"]).glob("*.m4s"))]
    joined.write_bytes(b"".join(name.read_bytes() for name in names))
    graph = (
        "[0:v]setpts=PTS-STARTPTS[made];[1:v]setpts=PTS-STARTPTS[source];"
        "[made][source]scale2ref=flags=bicubic[large][same];"
        f"[large][same]libvmaf=n_threads=2:n_subsample=3:log_fmt=json:log_path={report.name}"
    )
    run_ffmpeg("-i", str(joined), "-i", str(made.path), "-lavfi", graph, "-f", "null", "-", cwd=box.folder)
    return float(json.loads(report.read_text())["pooled_metrics"]["vmaf"]["mean"])
