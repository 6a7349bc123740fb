import re
import struct
from dataclasses import replace
from itertools import pairwise

import pytest
from subtitle_sources import Box, Show, sup

from apps.streaming.domain import pictures
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.media_names import parse_media_name
from apps.streaming.domain.palettes import DvbColors, DvdColors, PgsColors, color_of
from apps.streaming.domain.pictures import Picture, cues_of, index_json
from apps.streaming.domain.side_tracks import side_tracks
from apps.streaming.domain.source import SubtitleFacts
from apps.streaming.domain.trickplay import HLG, LONG_SIDE, PER_SHEET, PQ, choose_layout, tone_curve, trickplay_vtt
from tests.domain.streaming_samples import VIDEO, facts

UP, DOWN = Picture(10, 10, 100, 20, 0), Picture(10, 900, 100, 20, 1)


def told(cues):
    return [(cue.start_s, cue.end_s, cue.picture.number) for cue in cues]


def test_a_picture_lasts_until_the_next_show():
    shows = [pictures.Show(1, None, (UP,)), pictures.Show(3, None, ()), pictures.Show(5, None, (DOWN,))]
    assert told(cues_of(shows, duration_s=60)) == [(1, 3, 0), (5, 35, 1)]


def test_a_packet_that_knows_its_end_ends_there():
    assert told(cues_of([pictures.Show(1, 2.5, (UP,))], duration_s=60)) == [(1, 2.5, 0)]


def test_a_picture_that_stays_is_one_cue():
    shows = [pictures.Show(1, None, (UP, DOWN)), pictures.Show(2, None, (DOWN,)), pictures.Show(4, None, ())]
    assert told(cues_of(shows, duration_s=60)) == [(1, 2, 0), (1, 4, 1)]


def test_pictures_outside_the_film_are_not_shown():
    shows = [pictures.Show(-3, -1, (UP,)), pictures.Show(-0.5, 2, (UP,)), pictures.Show(61, 62, (UP,))]
    assert told(cues_of(shows, duration_s=60)) == [(0.0, 2, 0)]


def test_the_list_of_pictures_has_relative_addresses():
    found = index_json("p-eng-4", (1920, 1080), cues_of([pictures.Show(1, 2, (DOWN,))], duration_s=60))
    assert found == {
        "width": 1920,
        "height": 1080,
        "cues": [{"start": 1, "end": 2, "x": 10, "y": 900, "w": 100, "h": 20, "url": "p-eng-4/00001.png"}],
    }


def test_colors_of_blu_ray_are_read_from_its_segments():
    stream = sup([Show(0, (Box(0, 0, 8, 8),))])
    packet = b"".join(stream[match.start() + 10 : match.start() + 13 + length_at(stream, match.start())]
                      for match in re.finditer(b"PG", stream))  # fmt: skip
    colors = PgsColors()
    colors.read(packet)
    assert colors.canvas == (1920, 1080)
    assert colors.at(0, 0)[1] == (255, 255, 255, 255)
    red, _, _, alpha = colors.at(0, 0)[2]
    assert (red > 200, alpha) == (True, 255)
    for cut in range(len(packet)):
        PgsColors().read(packet[:cut])


def length_at(stream, start):
    return struct.unpack_from(">H", stream, start + 11)[0]


def test_colors_of_dvd_come_from_the_header_and_the_packet():
    header = "size: 720x576\npalette: " + ", ".join(f"{index:02x}0000" for index in range(16))
    colors = DvdColors.of_header(header.encode())
    control = b"\x00\x00\x00\x04" + b"\x03\x32\x10" + b"\x04\xff\xf0" + b"\xff"
    colors.read(b"\x00\x0e\x00\x04" + control)
    assert colors.canvas == (720, 576)
    assert colors.chosen == {0: (0, 0, 0, 0), 1: (1, 0, 0, 255), 2: (2, 0, 0, 255), 3: (3, 0, 0, 255)}
    for cut in range(14):
        colors.read((b"\x00\x0e\x00\x04" + control)[:cut])


def test_a_dvd_without_its_colors_is_grey():
    colors = DvdColors.of_header(b"")
    colors.read(b"\x00\x04\x00\x04")
    assert colors.chosen[1] == (255, 255, 255, 255)
    assert colors.chosen[0][3] == 0


def test_colors_of_dvb_belong_to_regions():
    page = struct.pack(">BHHBBBBHH", 0x10, 1, 8, 30, 0, 7, 0, 40, 60)
    region = struct.pack(">BHHBBHHBBBB", 0x11, 1, 10, 7, 0, 8, 8, 0x6C, 3, 0, 0)
    clut = struct.pack(">BHHBBBBBBBB", 0x12, 1, 8, 3, 0, 5, 0x21, 235, 128, 128, 0)
    packet = b"\x20\x00" + b"".join(b"\x0f" + part for part in (page, region, clut)) + b"\xff"
    colors = DvbColors()
    colors.read(packet)
    assert colors.at(40, 60)[5] == color_of(235, 128, 128, 255, is_hd=False) == (255, 255, 255, 255)
    for cut in range(len(packet)):
        DvbColors().read(packet[:cut])


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({}, (160, 90)),
        ({"width": 1920, "height": 800}, (160, 66)),
        ({"rotation": 90}, (90, 160)),
        ({"width": 720, "height": 576, "pixel_aspect": "64:45"}, (160, 90)),
        ({"width": 8192, "height": 16}, (160, 16)),
    ],
)
def test_small_pictures_have_the_shape_that_people_see(changes, size):
    layout = choose_layout(replace(VIDEO, **{"width": 1920, "height": 1080} | changes), 7200)
    assert (layout.width, layout.height) == size
    assert max(size) == LONG_SIDE


@pytest.mark.parametrize(
    ("duration_s", "interval_s", "count", "sheets"),
    [(7200, 10, 720, 8), (12, 1, 12, 1), (100, 5, 20, 1), (86_400, 10, 8640, 87), (1000, 10, 100, 1), (0.2, 1, 1, 1)],
)
def test_a_long_film_has_a_picture_every_ten_seconds_and_a_short_one_more(duration_s, interval_s, count, sheets):
    layout = choose_layout(VIDEO, duration_s)
    assert (layout.interval_s, layout.count, layout.sheets) == (interval_s, count, sheets)


def test_each_picture_has_its_own_place_inside_its_sheet():
    layout = choose_layout(VIDEO, 1_234)
    places = [layout.place(index) for index in range(layout.count)]
    assert len(set(places)) == layout.count
    for sheet, x, y in places:
        width, height = layout.sheet_size(sheet)
        assert x + layout.width <= width <= 10 * layout.width
        assert y + layout.height <= height
    assert layout.sheet_size(1)[1] < layout.sheet_size(0)[1], "the last sheet is cut to what it holds"


def test_the_vtt_covers_the_film_without_a_gap():
    layout = choose_layout(VIDEO, 2_005.5)
    lines = trickplay_vtt(layout, 2_005.5).splitlines()
    spans = [line.split(" --> ") for line in lines if "-->" in line]
    assert spans[0][0] == "00:00:00.000"
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert spans[-1][1] == "00:33:25.500"
    assert lines[3] == f"trickplay/t00.jpg#xywh=0,0,{layout.width},{layout.height}"
    assert lines[3 + 3 * PER_SHEET].startswith("trickplay/t01.jpg#xywh=0,0,")


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_hdr_is_shown_as_sdr(transfer):
    curve = tone_curve(transfer)
    assert curve[0] == 0
    assert curve == sorted(curve)
    assert curve[-1] == 255
    assert tone_curve(1) is None


def test_image_tracks_and_sheets_are_planned():
    found = facts(subtitles=(
        SubtitleFacts(2, "subrip", "eng", "", is_default=True, is_forced=False),
        SubtitleFacts(3, "pgssub", "ger", "Full", is_default=False, is_forced=True),
        SubtitleFacts(4, "dvbsub", "??", "", is_default=False, is_forced=False),
    ))  # fmt: skip
    planned = {track.name: track for track in side_tracks(found, 120.0)}
    assert list(planned) == ["p-ger-3", "p-und-4", "trickplay"]
    assert (planned["p-ger-3"].kind, planned["p-ger-3"].recipe.is_forced) == (TrackKind.IMAGE, True)
    assert all(parse_media_name(f"{name}.{'vtt' if name == 'trickplay' else 'json'}") for name in planned)


@pytest.mark.parametrize(
    ("name", "parts", "content_type"),
    [
        ("u-0123abcd.vtt", ("u-0123abcd.vtt",), "text/vtt; charset=utf-8"),
        ("p-eng-4.json", ("p-eng-4.json",), "application/json"),
        ("p-eng-4/00012.png", ("p-eng-4", "00012.png"), "image/png"),
        ("trickplay.vtt", ("trickplay.vtt",), "text/vtt; charset=utf-8"),
        ("trickplay/t00.jpg", ("trickplay", "t00.jpg"), "image/jpeg"),
    ],
)
def test_side_files_have_names(name, parts, content_type):
    found = parse_media_name(name)
    assert (found.parts, found.content_type, found.is_immutable, found.segment) == (parts, content_type, True, None)


@pytest.mark.parametrize(
    "name",
    ["u-0123abc.vtt", "u-0123ABCD.vtt", "u-../../etc.vtt", "p-eng-4.json\n", "p-eng-4/12.png", "p-eng-4/00012.svg",
     "p-eng-4/../x.png", "trickplay/t0.jpg", "trickplay/t000.jpg", "trickplay/../t00.jpg", "trickplay.vtt/", "t00.jpg",
     "p-eng-4/\uff10\uff10\uff10\uff10\uff11.png", "uploads/x.sub"],
)  # fmt: skip
def test_other_side_names_mean_nothing(name):
    assert parse_media_name(name) is None
