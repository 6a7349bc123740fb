"""Bad files through the whole pipeline: each ends failed with a reason in plain words, and nothing is left behind."""

import random
from pathlib import Path

import pytest
from django.test import TestCase

import media
from apps.catalog.services import create_manual_title
from apps.streaming import selectors, services
from apps.streaming.adapters import store
from apps.streaming.domain.damage import HOPELESS, NOTE
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.playback import AssetStatus
from apps.streaming.domain.states import RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from tests.broken_films import damage_pictures, move_picture

pytestmark = pytest.mark.django_db


def work_off(source: Path) -> AssetStatus:
    title = create_manual_title(name="Bad")
    with TestCase.captureOnCommitCallbacks(execute=True):
        asset_id = services.create_asset(title_id=title.pk, source=source)
        while services.run_next_unit(asset_id=asset_id):
            pass
    return selectors.asset_status(asset_id)


def left_behind() -> list[Path]:
    return [path for path in store.root().rglob("*") if path.is_file()] if store.root().exists() else []


@pytest.fixture(autouse=True)
def empty_store():
    store.discard(store.root())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"#EXTM3U\n#EXTINF:4,\nhttp://127.0.0.1:1/x.ts\n", "This file is a streaming playlist, not a film."),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "This file is a list of other files, not a film."),
        (b"", "This file is empty."),
        (random.Random(1).randbytes(50_000), "This file cannot be read as a film."),
    ],
)
def test_a_file_that_is_no_film_fails_with_its_reason_and_leaves_nothing(tmp_path, content, reason):
    source = tmp_path / "movie.mp4"
    source.write_bytes(content)
    status = work_off(source)
    assert status.state == "failed"
    assert status.reason.startswith(reason.removesuffix("."))
    assert not status.playable
    assert left_behind() == []
    assert not WorkUnit.objects.filter(state=UnitState.PENDING).exists()
    assert source.exists(), "the source is not ours to delete"


def test_a_file_that_goes_away_fails(tmp_path):
    status = work_off(tmp_path / "gone.mp4")
    assert (status.state, status.reason) == (
        "failed",
        "The film's file cannot be opened: it is gone, or not a plain file.",
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_film_with_flipped_bytes_ends(tmp_path, seed):
    """Complete when the picture can still be shown, else failed with a sentence; never stuck, never half-said."""
    chance = random.Random(seed)
    data = bytearray(media.film("mp4").read_bytes())
    for _ in range(40):
        data[chance.randrange(len(data))] = chance.randrange(256)
    source = tmp_path / "movie.mp4"
    source.write_bytes(bytes(data))
    status = work_off(source)
    assert status.state in {"complete", "failed"}
    assert bool(status.reason) == (status.state == "failed")
    if status.state == "failed":
        assert left_behind() == []
        assert status.reason.endswith((".", ")."))
    assert not WorkUnit.objects.filter(state__in=[UnitState.PENDING, UnitState.LEASED]).exists()


def test_names_inside_a_file_are_display_text_only(tmp_path):
    source = tmp_path / "movie.mkv"
    nasty = '"; rm -rf / $(id) `id`\n#EXT-X-ENDLIST\n../../etc'
    media.run_ffmpeg("-i", str(media.film("two subtitles")), "-map", "0", "-c", "copy", "-metadata:s:s:0",
                     f"title={nasty}", "-metadata:s:s:0", "language=../", str(source))  # fmt: skip
    status = work_off(source)
    assert status.state == "complete"
    track = Rendition.objects.get(name="s-und-2")
    text = (store.folder(track.asset_id, 1) / "master.m3u8").read_text()
    assert "\n#EXT-X-ENDLIST" not in text
    [line] = [line for line in text.splitlines() if "s-und-2.m3u8" in line]
    assert line.count('"') == 6


@pytest.mark.parametrize(("number", "ticks"), [(150, 1 << 29), (150, -(1 << 29)), (299, 1 << 29), (30, 1 << 29)])
def test_one_wrong_time_does_not_make_a_film_of_hours(tmp_path, number, ticks):
    film = media.film("late start ts")
    status = work_off(move_picture(film, tmp_path / "movie.ts", number, ticks))
    assert status.state == "complete"
    assert status.duration_s == pytest.approx(12, abs=0.1)
    asset = MediaAsset.objects.get()
    assert "The timestamps of the file are broken." in asset.notes
    rung = asset.renditions.filter(kind=TrackKind.VIDEO, state=RenditionState.READY)[0]
    decoded = media.decode(media.joined(store.folder(asset.pk, 1), rung.name), "video")
    assert decoded.end - decoded.start == pytest.approx(12, abs=0.1)


@pytest.mark.parametrize("last", [0.4, 0.6])
def test_people_are_told_of_a_damaged_picture_once(tmp_path, last):
    source = damage_pictures(media.film("late start ts"), tmp_path / "movie.ts", first=0.4, last=last)
    assert work_off(source).state == "complete"
    asset = MediaAsset.objects.get()
    assert asset.notes.count(NOTE) == (1 if last > 0.4 else 0)


def test_a_film_whose_pictures_are_encoded_from_a_damaged_file_tells_too(tmp_path):
    film = move_picture(media.film("late start ts"), tmp_path / "moved.ts", 150, 1 << 29)  # not copied
    work_off(damage_pictures(film, tmp_path / "movie.ts", first=0.4, last=0.6))
    assert NOTE in MediaAsset.objects.get().notes


def test_a_picture_of_noise_is_not_handed_on(tmp_path):
    work_off(damage_pictures(media.film("late start ts"), tmp_path / "movie.ts", first=0.2, last=1.0))
    copied = Rendition.objects.get(name="v-src")
    assert (copied.state, copied.reason) == (RenditionState.FAILED, HOPELESS)
