"""Tracks that this server does not read, and those it reads for the few films that have them, through the real probe
and pipeline: what cannot be read is told and takes nothing else along."""

from pathlib import Path

import pytest
from av.error import FFmpegError

import media
from apps.catalog.services import create_manual_title
from apps.streaming import services
from apps.streaming.adapters import probe
from apps.streaming.adapters.probe_child import DECODER_GUARDS, film_video, open_film
from apps.streaming.adapters.source import LocalFile
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.address import Address
from apps.streaming.domain.decoders import CODECS
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import MediaAsset
from tests.adapters.test_streaming_films import look, prepare

SECONDS = 6
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p")


def film(path: Path, *coded: str, video: tuple[str, ...] = X264) -> Path:
    """A small film with two sound tracks, ``eng`` and ``fre``."""
    tones = [f"aevalsrc='0.2*sin(2*PI*{hz}*t)|0.2*sin(2*PI*{hz}*t)':s=48000:d={SECONDS}" for hz in (220, 880)]
    inputs = [f"testsrc2=size=320x180:rate=25:duration={SECONDS}", *tones]
    given = [part for source in inputs for part in ("-f", "lavfi", "-i", source)]
    tags = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fre"]
    media.run_ffmpeg(*given, "-map", "0:v", "-map", "1:a", "-map", "2:a", *video, *coded, *tags, str(path))
    return path


def states(asset: MediaAsset) -> dict[str, str]:
    """Of the sounds that people choose from."""
    rows = asset.renditions.filter(kind="audio").order_by("name")
    return {row.name: row.state for row in rows if not row.recipe.light_of}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "coded", "video"),
    [
        ("tta.mkv", ("-c:a:0", "aac", "-c:a:1", "tta"), X264),
        ("wavpack.mkv", ("-c:a:0", "aac", "-c:a:1", "wavpack"), X264),
        ("disc.m2ts", ("-c:a:0", "pcm_bluray", "-c:a:1", "ac3", "-mpegts_m2ts_mode", "1"), X264),
        ("disc.vob", ("-c:a:0", "ac3", "-c:a:1", "pcm_dvd"), ("-c:v", "mpeg2video", "-q:v", "4", "-g", "12")),
    ],
)
def test_sound_without_losses_is_read(tmp_path, name, coded, video):
    asset = prepare(film(tmp_path / name, *coded, video=video))
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    found = states(asset)
    assert list(found.values()) == [RenditionState.READY] * 2
    for track in found:
        heard = look(asset, track)
        assert heard.worst_gap < 0.002
        assert heard.end == pytest.approx(SECONDS, abs=0.5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("coded", "left", "language"),
    [
        (("-c:a:0", "aac", "-c:a:1", "adpcm_yamaha"), "a-eng-1", "French"),
        (("-c:a:0", "adpcm_yamaha", "-c:a:1", "aac"), "a-fre-2", "English"),
    ],
    ids=["an-extra", "the-default"],
)
def test_sound_that_is_not_read_is_told_and_another_language_plays(tmp_path, coded, left, language):
    asset = prepare(film(tmp_path / "film.mkv", *coded))
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    assert states(asset) == {left: RenditionState.READY}
    assert asset.renditions.get(name=left).recipe.is_default
    assert f"This server does not read ADPCM YAMAHA sound; left out: {language}." in asset.notes


@pytest.mark.django_db
def test_one_sound_that_fails_takes_no_other_along(monkeypatch, tmp_path):
    """The French one is planned, but this ffmpeg cannot open it: its pass ends before anything is made."""
    without = ",".join(name for name in CODECS.split(",") if name != "ac3")
    monkeypatch.setattr(command, "CODECS", without)
    path = media.three_languages(tmp_path / "three.mkv", ("aac", "ac3", "mp2"), seconds=9)
    asset = prepare(path)
    assert asset.state == AssetState.COMPLETE
    expected = dict.fromkeys(["a-eng-1", "a-ger-3"], RenditionState.READY) | {"a-fre-2": RenditionState.FAILED}
    assert states(asset) == expected
    ends = {tuple(sorted(unit.rungs)): unit.state for unit in asset.units.filter(kind=UnitKind.AUDIO)}
    assert ends[("a-fre-2", "a-ger-3")] == ends[("a-fre-2",)] == UnitState.FAILED
    assert ends[("a-ger-3",)] == UnitState.DONE


@pytest.mark.django_db
def test_a_picture_that_is_not_read_is_refused_at_once_by_its_name(tmp_path):
    path = film(tmp_path / "archive.mkv", "-c:a", "aac", video=("-c:v", "ffv1"))
    asset_id = services.create_asset(title_id=create_manual_title(name="A film").pk, source=path)
    assert services.run_next_unit(asset_id=asset_id)
    asset = MediaAsset.objects.get(pk=asset_id)
    told = "This film uses FFV1, which this server does not read."
    assert (asset.state, asset.reason) == (AssetState.FAILED, told)
    assert not services.run_next_unit(asset_id=asset_id), "no further attempt"


def test_no_other_decoder_is_opened_for_a_film(tmp_path):
    path = film(tmp_path / "archive.mkv", "-c:a", "aac", video=("-c:v", "ffv1"))
    with open_film(Address.of_file(path).url) as container:
        video = film_video(container)
        assert {stream.index: stream.codec_context.options for stream in container.streams} == dict.fromkeys(
            range(3), DECODER_GUARDS
        )
        with pytest.raises(FFmpegError):
            next(container.decode(video))


def test_a_picture_larger_than_8k_is_not_decoded(tmp_path):
    path = tmp_path / "large.mkv"
    media.run_ffmpeg("-f", "lavfi", "-i", "color=size=8400x4400:rate=5:duration=0.6", "-c:v", "mjpeg", str(path))
    with pytest.raises(probe.NotAFilm, match="larger than 8K"):
        probe.probe(LocalFile(path))
    with open_film(Address.of_file(path).url) as container, pytest.raises(FFmpegError):
        next(container.decode(video=0))


@pytest.mark.django_db
def test_subtitles_that_nothing_here_decodes_are_told(tmp_path):
    text, path = tmp_path / "a.srt", tmp_path / "film.mp4"
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    media.run_ffmpeg("-i", str(media.film("mp4")), "-i", str(text), "-map", "0", "-map", "1", "-c", "copy",
                     "-c:s", "ttml", "-metadata:s:s:0", "language=ger", str(path))  # fmt: skip
    asset = prepare(path)
    assert asset.state == AssetState.COMPLETE
    assert asset.notes == ["This server does not read the format of some subtitles; left out: German."]
