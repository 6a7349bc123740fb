from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from apps.streaming.domain.grid import Segments
from apps.streaming.domain.hls import (
    Alternative,
    Variant,
    master_playlist,
    media_playlist,
    quoted,
    subtitle_playlist,
    unique_labels,
)
from apps.streaming.domain.media_names import parse_media_name
from apps.streaming.domain.progress import count, empty_bitmap, has_bit, missing, overall, progress_number, with_bit
from apps.streaming.domain.ranges import Unsatisfiable, parse_range

HIGH = Variant("v-src", 1920, 1080, Fraction(24000, 1001), "avc1.640028", 6_000_000, 5_000_000)
LOW = Variant("v480", 854, 480, Fraction(24000, 1001), "avc1.64001e", 1_300_000, 1_000_000)
SOUND = Alternative(
    "a-eng-1", "English", "en", is_default=True, codec="mp4a.40.2", average_bps=128_000, peak_bps=130_000
)
TEXT = Alternative("s-fre-2", "French", "fr", is_default=False)


def test_a_media_playlist_is_complete_from_the_start():
    text = media_playlist("v480", Segments(24_000, (0, 96_096, 192_192), 240_240, (96, 96, 48)))
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-TARGETDURATION:5",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        '#EXT-X-MAP:URI="v480/init.mp4"',
        "#EXTINF:4.004000,",
        "v480/00000.m4s",
        "#EXTINF:4.004000,",
        "v480/00001.m4s",
        "#EXTINF:2.002000,",
        "v480/00002.m4s",
        "#EXT-X-ENDLIST",
    ]


def test_the_master_names_codecs_rates_sizes_and_groups():
    lines = master_playlist([LOW, HIGH], [SOUND], [TEXT]).splitlines()
    assert lines[:3] == ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    assert lines[3] == (
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,'
        'CHANNELS="2",URI="a-eng-1.m3u8"'
    )
    assert lines[4].startswith('#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="French",LANGUAGE="fr"')
    assert lines[5] == (
        '#EXT-X-STREAM-INF:BANDWIDTH=6130000,AVERAGE-BANDWIDTH=5128000,CODECS="avc1.640028,mp4a.40.2",'
        'RESOLUTION=1920x1080,FRAME-RATE=23.976,VIDEO-RANGE=SDR,AUDIO="audio",SUBTITLES="subtitles",CLOSED-CAPTIONS=NONE'
    )
    assert lines[6] == "v-src.m3u8"
    assert lines[8] == "v480.m3u8", "the best one is first"


def test_surround_and_commentary_are_members_of_the_one_group():
    wide = replace(SOUND, name="a-eng-1-51", label="English 5.1", is_default=False, channels=6, peak_bps=400_000)
    spoken = replace(SOUND, name="a-eng-3", label="Commentary", is_default=False, is_special=True)
    lines = master_playlist([LOW], [SOUND, wide, spoken], []).splitlines()
    entries = [line for line in lines if "TYPE=AUDIO" in line]
    assert all('GROUP-ID="audio"' in line for line in entries)
    assert ["DEFAULT=YES" in line for line in entries] == [True, False, False]
    assert ["AUTOSELECT=YES" in line for line in entries] == [True, True, False]
    assert ['CHANNELS="6"' in line for line in entries] == [False, True, False]
    assert "BANDWIDTH=1430000," in lines[-2], "a slow line is judged by the sound that it gets"


def test_light_pictures_come_with_light_sound_and_the_same_choices():
    french = replace(SOUND, name="a-fre-2", label="French", language="fr", is_default=False)
    light = replace(SOUND, name="a-eng-1-low", average_bps=64_000, peak_bps=66_000)
    tiny = replace(LOW, name="v144", height=144, peak_bps=110_000, average_bps=100_000, is_light=True)
    lines = master_playlist([LOW, tiny], [SOUND, french], [], light=[light, french]).splitlines()
    groups = {
        group: [line.replace(f'"{group}"', "") for line in lines if f'GROUP-ID="{group}"' in line]
        for group in ("audio", "light")
    }
    assert [line.rpartition(",URI=")[0] for line in groups["audio"]] == [
        line.rpartition(",URI=")[0] for line in groups["light"]
    ], "RFC 8216, 4.3.4.1.1"
    assert [line.rpartition(",URI=")[2] for line in groups["light"]] == ['"a-eng-1-low.m3u8"', '"a-fre-2.m3u8"']
    variants = {uri: line for line, uri in pairwise(lines) if uri in {"v480.m3u8", "v144.m3u8"}}
    assert {uri: 'AUDIO="light"' in line for uri, line in variants.items()} == {"v480.m3u8": False, "v144.m3u8": True}
    assert "BANDWIDTH=176000,AVERAGE-BANDWIDTH=164000," in variants["v144.m3u8"]


def test_light_pictures_take_the_usual_sound_where_there_is_no_other():
    text = master_playlist([replace(LOW, is_light=True)], [SOUND], [])
    assert 'AUDIO="audio"' in text
    assert "light" not in text


def test_light_sound_is_not_told_without_light_pictures():
    light = replace(SOUND, name="a-eng-1-low")
    assert master_playlist([LOW], [SOUND], [], light=[light]) == master_playlist([LOW], [SOUND], [])


@pytest.mark.parametrize("shown", ["SDR", "PQ", "HLG"])
def test_the_master_tells_the_video_range(shown):
    assert f"VIDEO-RANGE={shown}," in master_playlist([replace(LOW, video_range=shown)], [SOUND], [])


def test_a_silent_film_has_no_audio_group():
    text = master_playlist([LOW], [], [])
    assert "AUDIO" not in text
    assert 'CODECS="avc1.64001e",' in text


def test_subtitles_are_one_segment():
    assert subtitle_playlist("s-fre-2", 61.5).splitlines()[-3:] == ["#EXTINF:61.500,", "s-fre-2.vtt", "#EXT-X-ENDLIST"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [('a "b"\n#EXT', "a b #EXT"), ("\x00\x1b", "Track"), ("x" * 200, "x" * 80), ("Français", "Français")],
)
def test_a_tracks_own_name_cannot_leave_its_quotes(said, shown):
    assert quoted(said) == shown


def test_equal_labels_are_numbered():
    assert unique_labels(["English", "French", "English"]) == ["English", "French", "English 2"]


def test_bitmaps():
    bitmap = with_bit(with_bit(empty_bitmap(10), 0), 9)
    assert (count(bitmap), has_bit(bitmap, 9), has_bit(bitmap, 8)) == (2, True, False)
    assert missing(bitmap, 7, 10) == [7, 8]
    assert with_bit(bitmap, 9) == bitmap


def test_progress_weighs_its_parts_and_never_passes_one():
    assert overall([(5, 10, 1), (0, 10, 3)]) == 0.125
    assert overall([(12, 10, 1)]) == 1.0
    assert overall([]) == overall([(0, 0, 1)]) == 0.0


@pytest.mark.parametrize(
    ("line", "number"), [("out_time_us=1500", 1500), ("out_time_us=N/A", None), ("frame=3", None), ("", None)]
)
def test_signs_of_life(line, number):
    assert progress_number(line, "out_time_us") == number


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("master.m3u8", ("master.m3u8",)),
        ("v-src.m3u8", ("v-src.m3u8",)),
        ("a-eng-1.m3u8", ("a-eng-1.m3u8",)),
        ("a-eng-1-51.m3u8", ("a-eng-1-51.m3u8",)),
        ("a-eng-1-low/00042.m4s", ("a-eng-1-low", "00042.m4s")),
        ("s-fre-12.vtt", ("s-fre-12.vtt",)),
        ("v480/init.mp4", ("v480", "init.mp4")),
        ("v1080/00042.m4s", ("v1080", "00042.m4s")),
    ],
)
def test_names_are_parsed_into_ids(name, parts):
    assert parse_media_name(name).parts == parts


@pytest.mark.parametrize("name", ["", "..", "v480/../x", "v480/1.m4s", "V480/00001.m4s", "v480/00001.m4s/", "x.vtt\n"])
def test_other_names_mean_nothing(name):
    assert parse_media_name(name) is None


@pytest.mark.parametrize(
    ("header", "span"),
    [("bytes=0-0", (0, 1)), ("bytes=5-", (5, 10)), ("bytes=-3", (7, 10)), ("bytes=-30", (0, 10)), ("", None),
     ("bytes=3-1", None), ("bytes=0-1,3-4", None), ("items=0-1", None),
     (f"bytes={'9' * 5000}-", None), (f"bytes=0-{'9' * 5000}", None), (f"bytes=-{'9' * 5000}", None)],
)  # fmt: skip
def test_ranges(header, span):
    assert parse_range(header, 10) == span


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0", "bytes=9999999999999999999-"])
def test_ranges_after_the_end(header):
    with pytest.raises(Unsatisfiable):
        parse_range(header, 10)
