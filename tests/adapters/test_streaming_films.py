"""Whole films through the real pipeline: real Postgres, real ffmpeg, every kind of source."""

from itertools import pairwise
from pathlib import Path

import pytest
from odd_films import odd_film

import media
from apps.catalog.models import Title
from apps.catalog.services import create_manual_title
from apps.streaming import selectors, services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset, Rendition

pytestmark = pytest.mark.django_db

SKEW_MAX_S = 0.0213


def prepare(source: Path, name: str = "A film") -> MediaAsset:
    """Everything a worker would do for one source, in this process."""
    title = create_manual_title(name=name)
    asset_id = services.create_asset(title_id=title.pk, source=source)
    while services.run_next_unit(asset_id=asset_id):
        pass
    return MediaAsset.objects.get(pk=asset_id)


def tracks(asset: MediaAsset, prefix: str) -> list[str]:
    """What is made without anybody asking for it."""
    found = asset.renditions.filter(name__startswith=prefix, on_demand=False)
    return sorted(found.values_list("name", flat=True))


def look(asset: MediaAsset, track: str) -> media.Decoded:
    kind = "audio" if track.startswith("a") else "video"
    return media.decode(media.joined(store.folder(asset.pk, asset.epoch), track), kind)


@pytest.mark.parametrize(
    ("name", "pictures", "frames", "copies_sound"),
    [
        ("mp4", ["v-src"], 300, True),
        ("mkv", ["v-src"], 300, True),
        ("23.976", ["v-src"], 288, True),
        ("23.976 mkv", ["v-src"], 288, True),
        ("29.97", ["v-src"], 360, True),
        ("29.97 mkv", ["v-src"], 360, True),
        ("44.1 kHz", ["v-src"], 300, True),
        ("late start mp4", ["v-src"], 300, None),
        ("late start mkv", ["v-src"], 300, None),
        ("late start ts", ["v-src"], 300, None),
        ("ac3 5.1", ["v-src"], 300, False),
        ("avi", ["v480"], 360, False),
        ("long gop", ["v480"], 600, True),
        ("hevc 10 bit", ["v-src", "v480"], 225, False),
        ("portrait", ["v-src"], 300, True),
        ("open gop", ["v-src"], 300, True),
        ("large", ["v-src", "v480", "v720"], 225, True),
    ],
)
def test_every_frame_comes_out_once_and_sound_starts_with_the_picture(name, pictures, frames, copies_sound):
    asset = prepare(media.film(name))
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    assert tracks(asset, "v") == pictures
    sound = asset.renditions.get(name__startswith="a-", recipe_data__is_default=True).name
    heard = look(asset, sound)
    for track in pictures:
        seen = look(asset, track)
        assert len(seen.times) == frames == media.source_frames(media.film(name))
        assert seen.worst_gap < 0.002
        assert seen.start == pytest.approx(0, abs=0.001)
        assert abs(seen.start - heard.start) <= SKEW_MAX_S
    assert heard.worst_gap < 0.002, "no hole and no overlap in the sound"
    assert heard.end == pytest.approx(asset.duration_s, abs=0.5)
    if copies_sound is not None:
        assert (asset.renditions.get(name=sound).recipe.mode == "copy") is copies_sound


def test_a_film_without_sound_is_complete_without_sound():
    asset = prepare(media.film("silent"))
    assert asset.state == AssetState.COMPLETE
    assert "AUDIO" not in (store.folder(asset.pk, 1) / "master.m3u8").read_text()


@pytest.mark.parametrize("name", ["interlaced"])
def test_what_browsers_cannot_show_is_encoded_and_the_reason_is_kept(name):
    asset = prepare(media.film(name))
    assert asset.state == AssetState.COMPLETE
    assert tracks(asset, "v") == ["v480"]
    assert "The picture is interlaced." in asset.notes


@pytest.mark.skipif(not media.CLIP.exists(), reason="the real clip is not here")
def test_big_buck_bunny_looped_plays_whole():
    asset = prepare(media.big_buck_bunny())
    assert asset.state == AssetState.COMPLETE
    for track in tracks(asset, "v"):
        seen = look(asset, track)
        assert len(seen.times) == media.source_frames(media.big_buck_bunny())
        assert abs(seen.start - look(asset, tracks(asset, "a")[0]).start) <= SKEW_MAX_S


def test_all_rungs_share_one_grid():
    asset = prepare(media.film("large"))
    [first, second] = (
        [rendition.segments.start_s(i) for i in range(rendition.segment_count)]
        for rendition in asset.renditions.filter(name__in=["v-src", "v480"])
    )
    assert first == second
    text = [(store.folder(asset.pk, 1) / f"{track}.m3u8").read_text() for track in ("v-src", "v480")]
    assert text[0].replace("v-src", "v480") == text[1]


def test_an_hdr_film_is_listed_with_its_range_beside_a_picture_for_everybody():
    asset = prepare(odd_film("hdr10"))
    assert (asset.state, asset.reason) == (AssetState.COMPLETE, "")
    lines = (store.folder(asset.pk, 1) / "master.m3u8").read_text().splitlines()
    shown = {uri: line for line, uri in pairwise(lines) if line.startswith("#EXT-X-STREAM-INF")}
    assert 'CODECS="hvc1.2.4.L60.90,mp4a.40.2"' in shown["v-src.m3u8"]
    assert "VIDEO-RANGE=PQ" in shown["v-src.m3u8"]
    assert "VIDEO-RANGE=SDR" in shown["v480.m3u8"]
    assert "The picture is HDR; screens without HDR get it with ordinary colours." in asset.notes


def test_every_language_is_an_entry_and_those_that_are_copied_come_from_one_unit_the_others_from_another():
    asset = prepare(odd_film("languages"))
    assert asset.state == AssetState.COMPLETE
    assert tracks(asset, "a") == ["a-eng-1", "a-eng-1-low", "a-eng-3", "a-fre-2"]
    units = asset.units.filter(kind="audio").values_list("rungs", flat=True)
    assert sorted(sorted(rungs) for rungs in units) == [["a-eng-1"], ["a-eng-1-low"], ["a-eng-3"], ["a-fre-2"]]
    for name in tracks(asset, "a"):
        heard = look(asset, name)
        assert heard.worst_gap < 0.002
        assert heard.start == pytest.approx(0, abs=SKEW_MAX_S)
    master = (store.folder(asset.pk, 1) / "master.m3u8").read_text()
    assert 'NAME="Commentary",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=NO' in master
    assert 'NAME="French",LANGUAGE="fr",DEFAULT=NO,AUTOSELECT=YES' in master


def test_two_subtitle_tracks_become_webvtt():
    asset = prepare(media.film("two subtitles"))
    assert tracks(asset, "s") == ["s-eng-2", "s-fre-3"]
    text = (store.folder(asset.pk, 1) / "s-fre-3.vtt").read_text()
    assert text.startswith("WEBVTT")
    assert "00:00:01.000 --> 00:00:03.000\nfre one &amp; two\n" in text
    master = (store.folder(asset.pk, 1) / "master.m3u8").read_text()
    assert 'TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="French",LANGUAGE="fr"' in master


def test_the_title_is_told_that_it_is_ready():
    asset = prepare(media.film("mp4"))
    assert Title.objects.get(pk=asset.title_id).availability == "ready"
    status = selectors.asset_status(asset.pk)
    assert (status.state, status.progress, status.playable, status.stage) == ("complete", 1.0, True, None)
    assert status.duration_s == pytest.approx(12, abs=0.05)
    assert selectors.current_asset(asset.title_id) == asset


def test_the_same_title_and_file_are_one_asset():
    title = create_manual_title(name="Twice")
    source = media.film("mp4")
    assert services.create_asset(title_id=title.pk, source=source) == services.create_asset(
        title_id=title.pk, source=source
    )


def test_a_removed_asset_leaves_nothing():
    asset = prepare(media.film("mp4"))
    services.remove_asset(asset.pk)
    assert not store.asset_folder(asset.pk).exists()
    assert not Rendition.objects.exists()
    assert media.film("mp4").exists()
