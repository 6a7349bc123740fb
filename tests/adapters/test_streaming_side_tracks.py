"""Subtitles, small pictures, chapters and marks through the real pipeline, and with the worker killed in the middle."""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image
from subtitle_sources import Box, Show, film_with_pictures

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState, UnitKind, UnitState
from apps.streaming.models import MediaAsset, StoredSegment, WorkUnit
from tests.accounts_cast import person
from tests.adapters.test_streaming_films import prepare

ROOT = Path(__file__).resolve().parents[2]
SHOWS = [Show(0)] + [Show(1 + number / 100, (Box(800, 900, 100 + number, 40),)) for number in range(400)]
WORKER = """
import time
import django; django.setup()
from apps.streaming import services
from apps.streaming.adapters import store
publish = store.publish_joined
def slowly(pieces, target):
    time.sleep(0.02)  # 400 pictures take seconds: the kill lands among them
    return publish(pieces, target)
store.publish_joined = slowly
services.run_next_unit(kind="pictures")
"""
KILL_LIMIT_S = 60


def with_chapters(source: Path, target: Path, *chapters: tuple[float, float, str]) -> Path:
    notes = target.with_suffix(".txt")
    lines = [f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start * 1000:.0f}\nEND={end * 1000:.0f}\ntitle={title}\n"
             for start, end, title in chapters]  # fmt: skip
    notes.write_text(";FFMETADATA1\n" + "".join(lines))
    media.run_ffmpeg("-i", str(source), "-i", str(notes), "-map", "0", "-map_chapters", "1", "-c", "copy", str(target))
    return target


def planned(source: Path) -> MediaAsset:
    """Probed and planned, nothing made yet."""
    asset_id = services.create_asset(title_id=create_manual_title(name="A film").pk, source=source)
    assert services.run_next_unit(asset_id=asset_id, kind=UnitKind.PREPARE)
    return MediaAsset.objects.get(pk=asset_id)


@pytest.mark.django_db
def test_a_film_is_told_with_everything_beside_it(tmp_path):
    pictures = film_with_pictures(tmp_path / "pictures.mkv", [Show(0), Show(1, (Box(800, 900, 320, 60),)), Show(3)])
    text, named, film = tmp_path / "a.srt", tmp_path / "named.mkv", tmp_path / "film.mkv"
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello <b>you</b>\n")
    with_chapters(pictures, named, (0, 5, "Intro"), (5, 12, "Story \x07"))
    media.run_ffmpeg("-i", str(named), "-i", str(text), "-map", "0", "-map", "1", "-c", "copy",
                     "-metadata:s:s:1", "language=ger", str(film))  # fmt: skip
    asset = prepare(film)
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    told = services.authorise_playback(viewer_id=person("alice").pk, title_id=asset.title_id)
    folder = store.folder(asset.pk, asset.epoch)

    image, words = sorted(told.subtitles, key=lambda choice: choice.kind)
    assert (image.kind, image.lang, image.uploaded, image.url.rsplit("/", 1)[1]) == (
        "image",
        "en",
        False,
        "p-eng-2.json",
    )
    assert (words.kind, words.lang, words.offset_ms, words.url.rsplit("/", 1)[1]) == ("text", "de", 0, "s-ger-3.vtt")
    assert (folder / "s-ger-3.vtt").read_text().endswith("00:00:01.000 --> 00:00:02.000\nHello you\n")
    [cue] = json.loads((folder / "p-eng-2.json").read_text())["cues"]
    assert (cue["start"], cue["end"], (folder / cue["url"]).is_file()) == (1.0, 3.0, True)

    assert told.trickplay.url.endswith("/trickplay.vtt")
    areas = [line for line in (folder / "trickplay.vtt").read_text().splitlines() if "#xywh" in line]
    assert len(areas) == 12
    assert Image.open(folder / areas[0].split("#")[0]).size == (1600, 180)

    assert told.chapters == (
        {"start_s": 0.0, "end_s": 5.0, "title": "Intro"},
        {"start_s": 5.0, "end_s": 12.0, "title": "Story"},
    )
    assert told.marks == ({"kind": "intro", "start_s": 0.0, "end_s": 5.0},)
    assert [(track.lang, track.channels, track.codec) for track in told.audio] == [("und", 2, "mp4a.40.2")]
    master = (folder / "master.m3u8").read_text()
    assert "s-ger-3.m3u8" in master
    assert "p-eng-2" not in master
    assert "trickplay" not in master


@pytest.mark.django_db
def test_intro_and_credits_are_found_where_it_is_black_and_silent(tmp_path):
    film = tmp_path / "film.mkv"
    cuts = "between(t,40,41)+between(t,100,101)+between(t,280,281)"
    tone = "aevalsrc='0.2*sin(2*PI*220*t)|0.2*sin(2*PI*330*t)'"
    media.run_ffmpeg(
        "-f", "lavfi", "-i", f"testsrc2=size=160x90:rate=10:d=330,drawbox=c=black:t=fill:enable='{cuts}'",
        "-f", "lavfi", "-i", f"{tone}:s=48000:d=330,volume=0:enable='{cuts}+between(t,200,201)'",
        "-c:v", "libx264", "-preset", "ultrafast", "-g", "40", "-c:a", "aac", str(film),
    )  # fmt: skip
    asset = planned(film)
    while services.run_next_unit(asset_id=asset.pk, kind=UnitKind.MARKS):
        pass
    asset.refresh_from_db()
    intro, ending = asset.marks
    assert (intro["kind"], ending["kind"]) == ("intro", "credits")
    assert (intro["start_s"], intro["end_s"]) == (pytest.approx(40.5, abs=0.3), pytest.approx(100.5, abs=0.3))
    assert (ending["start_s"], ending["end_s"]) == (pytest.approx(280.5, abs=0.3), pytest.approx(330, abs=0.3))


@pytest.mark.django_db
def test_a_silent_film_has_no_marks_and_is_complete(tmp_path):
    asset = prepare(media.film("silent"))
    assert (asset.state, asset.marks, asset.chapters) == (AssetState.COMPLETE, [], [])
    assert not WorkUnit.objects.exclude(state=UnitState.DONE).exists()


@pytest.mark.django_db
def test_a_film_whose_images_cannot_be_read_plays_without_them(tmp_path, monkeypatch):
    from apps.streaming.adapters import tracks

    def broken(*_: object, **__: object) -> None:
        raise tracks.TracksFailed("The subtitles of this film cannot be read.")

    monkeypatch.setattr(tracks, "pictures", broken)
    asset = prepare(film_with_pictures(tmp_path / "film.mkv", SHOWS[:5]))
    assert asset.state == AssetState.COMPLETE
    assert asset.renditions.get(name="p-eng-2").reason == "The subtitles could not be read."
    told = services.authorise_playback(viewer_id=person("alice").pk, title_id=asset.title_id)
    assert told.subtitles == ()


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_among_the_pictures_leaves_none_doubled_and_none_missing(tmp_path):
    asset = planned(film_with_pictures(tmp_path / "film.mkv", SHOWS))
    folder = store.folder(asset.pk, asset.epoch)
    worker = start_worker()
    until = time.monotonic() + KILL_LIMIT_S
    while not list(folder.glob("p-eng-2/*.png")):
        assert time.monotonic() < until
        assert worker.poll() is None, "it was quicker than this test"
        time.sleep(0.005)
    worker.kill()
    worker.wait()
    track = asset.renditions.get(name="p-eng-2")
    assert not (folder / "p-eng-2.json").exists()
    assert not any(bytes(track.bitmap)), "nothing is told before all of it is there"
    WorkUnit.objects.filter(state=UnitState.LEASED).update(leased_until=timezone.now() - timedelta(seconds=1))
    services.sweep()
    while services.run_next_unit(asset_id=asset.pk, kind=UnitKind.PICTURES):
        pass
    found = json.loads((folder / "p-eng-2.json").read_text())["cues"]
    assert len(found) == len({(cue["start"], cue["url"]) for cue in found}) == 400
    assert {path.name for path in folder.glob("p-eng-2/*")} == {cue["url"].split("/")[1] for cue in found}
    for cue in found[::100]:
        assert Image.open(folder / cue["url"]).size == (cue["w"], cue["h"])
    track.refresh_from_db()
    assert bytes(track.bitmap) == b"\x01"
    sizes = [path.stat().st_size for path in [folder / "p-eng-2.json", *folder.glob("p-eng-2/*")]]
    assert track.size_bytes == sum(sizes)
    assert StoredSegment.objects.filter(rendition=track).count() == len(sizes), "the list and each picture"
    [unit] = WorkUnit.objects.filter(asset=asset, kind=UnitKind.PICTURES)
    assert (unit.state, unit.attempt) == (UnitState.DONE, 2)
    for left in store.work_folders():
        store.discard(left)  # the sweep does this ten minutes later


def start_worker() -> "subprocess.Popen[bytes]":
    base, name = os.environ["DATABASE_URL"], connection.settings_dict["NAME"]
    head, _, tail = base.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{tail}" if tail else "")
    return subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=os.environ | {"DATABASE_URL": url})
