"""What a film carries beside picture and sound, read by the real child processes."""

import json
import math
import time
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from subtitle_sources import Box, Show, film_with_pictures

import media
from apps.streaming.adapters import probe, tracks
from apps.streaming.adapters.source import LocalFile
from apps.streaming.adapters.subtitle_child import decoded
from apps.streaming.domain.cues import Cue, fit, webvtt
from apps.streaming.domain.trickplay import choose_layout

SHOWS = (
    Show(0),
    Show(1.0, (Box(800, 900, 320, 60),)),
    Show(3.0),
    Show(4.0, (Box(800, 900, 320, 60, 2), Box(100, 50, 200, 40, 3))),
    Show(5.0, (Box(800, 900, 320, 60, 2),)),
    Show(7.5),
)
SRT = "1\n00:00:01,000 --> 00:00:02,500\n{}\n\n2\n00:00:03,000 --> 00:00:04,000\nZwei\n"


def quiet() -> None:
    pass


def sheets(film: Path, work: Path, **changes):
    facts = probe.probe(LocalFile(film))
    layout = choose_layout(facts.video, facts.duration_s)
    tracks.sheets(LocalFile(film), facts.start_s, layout, work=work, keep_alive=quiet)
    return layout, Image.open(work / "t00.jpg")


def upload(tmp_path: Path, data: bytes, language: str = "en") -> list[Cue]:
    file = tmp_path / "sent"
    file.write_bytes(data)
    return tracks.upload_cues(file, language)


def images(film: Path, work: Path) -> dict:
    tracks.pictures(LocalFile(film), 0.0, 12.0, {"p-eng-2": 2}, work=work, keep_alive=quiet)
    return json.loads((work / "p-eng-2.json").read_text())


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_texts_come_out_plain_in_one_pass(tmp_path, suffix):
    srt, ass = tmp_path / "a.srt", tmp_path / "b.ass"
    srt.write_text("1\n00:00:01,000 --> 00:00:03,000\n<i>one</i> & {\\an8}two\n\n"
                   "2\n00:00:02,000 --> 00:00:06,500\n<script>x</script> a < b\n--> end\n")  # fmt: skip
    ass.write_text(
        "[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,20\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\b1\\pos(1,2)}Hello,\\Nworld{\\i0}\n"
        "Dialogue: 0,0:00:02.50,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}\n"
        "Dialogue: 0,0:00:13.50,0:00:23.00,Default,,0,0,0,,after the end\n"
    )
    film = tmp_path / f"film{suffix}"
    codec = "mov_text" if suffix == ".mp4" else "copy"
    media.run_ffmpeg("-i", str(media.film("mp4")), "-i", str(srt), "-i", str(ass), "-map", "0", "-map", "1",
                     "-map", "2", "-c", "copy", "-c:s", codec, "-t", "12", str(film))  # fmt: skip
    found = tracks.text_cues(LocalFile(film), 0.0, [2, 3], keep_alive=quiet)
    first, second = (webvtt(fit(found[index], duration_ms=12_000)) for index in (2, 3))
    assert "00:00:01.000 --> " in first
    assert "\none &amp; two\n" in first
    assert "<" not in first.replace("-->", "")
    assert "a &lt; b\n--&gt; end\n" in first
    assert second.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello,\nworld\n")
    assert ("m 0 0" in second) is (suffix == ".mp4"), "ffmpeg, which made the MP4, took the drawing for text"
    assert "after the end" not in second


def test_a_track_without_a_line_is_an_empty_file(tmp_path):
    empty, film = tmp_path / "a.ass", tmp_path / "film.mkv"
    empty.write_text("[Script Info]\n[V4+ Styles]\n[Events]\nFormat: Layer, Start, End, Style, Text\n")
    media.run_ffmpeg("-i", str(media.film("mp4")), "-i", str(empty), "-map", "0", "-map", "1", "-c", "copy", str(film))
    assert tracks.text_cues(LocalFile(film), 0.0, [2], keep_alive=quiet) == {2: []}


def test_lines_keep_their_place_beside_a_picture_that_starts_late(tmp_path):
    srt, film = tmp_path / "a.srt", tmp_path / "film.mkv"
    srt.write_text(SRT.format("Eins"))
    media.run_ffmpeg("-i", str(media.film("mp4")), "-i", str(srt), "-map", "0", "-map", "1", "-c", "copy",
                     "-output_ts_offset", "7.7", str(film))  # fmt: skip
    facts = probe.probe(LocalFile(film))
    assert facts.start_s == pytest.approx(7.7, abs=0.1)
    [first, _] = tracks.text_cues(LocalFile(film), 7.7, [2], keep_alive=quiet)[2]
    assert first.start_ms == pytest.approx(1000, abs=2)
    [again, _] = tracks.text_cues(LocalFile(film), math.nan, [2], keep_alive=quiet)[2]
    assert again.start_ms == pytest.approx(1000, abs=60)


@pytest.mark.parametrize("codec", ["copy", "dvdsub"])
def test_images_come_out_with_times_places_and_colors(tmp_path, codec):
    found = images(film_with_pictures(tmp_path / "film.mkv", SHOWS, codec=codec), tmp_path)
    assert (found["width"], found["height"]) == (1920, 1080)
    first = found["cues"][0]
    assert (first["x"], first["y"], first["w"], first["h"]) == (800, 900, 320, 60)
    assert first["start"] == pytest.approx(1, abs=0.05)
    picture = Image.open(tmp_path / first["url"])
    assert picture.size == (320, 60)
    assert min(picture.convert("RGBA").getpixel((5, 5))) > 250, "white, opaque"


def test_an_empty_picture_ends_the_last_one_and_one_that_stays_is_one(tmp_path):
    found = images(film_with_pictures(tmp_path / "film.mkv", SHOWS), tmp_path)
    told = [(cue["start"], cue["end"], cue["x"], cue["url"]) for cue in found["cues"]]
    assert told == [
        (1.0, 3.0, 800, "p-eng-2/00000.png"),
        (4.0, 7.5, 800, "p-eng-2/00001.png"),
        (4.0, 5.0, 100, "p-eng-2/00002.png"),
    ]
    red = Image.open(tmp_path / "p-eng-2/00001.png").convert("RGB").getpixel((5, 5))
    assert (red[0] > 200, red[2] < 60) == (True, True)


def test_a_picture_that_comes_again_is_stored_once(tmp_path):
    box = (Box(800, 900, 320, 60),)
    shows = [show for second in range(1, 11) for show in (Show(second, box), Show(second + 0.5))]
    found = images(film_with_pictures(tmp_path / "film.mkv", [Show(0), *shows]), tmp_path)
    assert len(found["cues"]) == 10
    assert [path.name for path in (tmp_path / "p-eng-2").iterdir()] == ["00000.png"]


def test_dvb_images_come_out_with_their_colors(tmp_path):
    # ffmpeg's DVB encoder needs times that end, which its PGS reader does not give: by way of DVD.
    dvd = film_with_pictures(tmp_path / "dvd.mkv", SHOWS, codec="dvdsub")
    film = tmp_path / "film.mkv"
    media.run_ffmpeg("-i", str(dvd), "-map", "0", "-c", "copy", "-c:s", "dvbsub", str(film))
    found = images(film, tmp_path)
    first = found["cues"][0]
    assert (first["w"], first["h"]) == (320, 60)
    assert min(Image.open(tmp_path / first["url"]).convert("RGBA").getpixel((5, 5))) > 250


def test_half_a_film_gives_the_pictures_that_it_has(tmp_path):
    whole = film_with_pictures(tmp_path / "whole.mkv", SHOWS)
    broken = tmp_path / "film.mkv"
    data = bytearray(whole.read_bytes())
    data[len(data) // 2 :] = bytes(byte ^ 0x5A for byte in data[len(data) // 2 :])
    broken.write_bytes(data)
    assert images(broken, tmp_path)["cues"][0]["start"] == pytest.approx(1, abs=0.05)


def test_small_pictures_show_the_film_from_its_keyframes(tmp_path):
    film = tmp_path / "film.mp4"
    colors = "color=red:size=320x180:rate=25:d=4[a];color=lime:size=320x180:rate=25:d=4[b];[a][b]concat=n=2:v=1"
    media.run_ffmpeg("-f", "lavfi", "-i", colors, "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", str(film))
    layout, sheet = sheets(film, tmp_path)
    assert (layout.width, layout.height, layout.count) == (160, 90, 8)
    assert sheet.size == (8 * 160, 90)
    shown = [sheet.getpixel((index * 160 + 80, 45)) for index in range(8)]
    assert all(red > 200 and green < 60 for red, green, _ in shown[:4])
    assert all(green > 200 and red < 60 for red, green, _ in shown[4:])


def test_a_film_of_one_keyframe_repeats_it(tmp_path):
    layout, sheet = sheets(media.film("long gop"), tmp_path)
    assert layout.count == 20
    assert sheet.size == (1600, 180)


def test_a_turned_picture_is_upright(tmp_path):
    flat, film = tmp_path / "flat.mp4", tmp_path / "film.mp4"
    media.run_ffmpeg("-f", "lavfi", "-i", "color=red:size=320x90:rate=25:d=2,pad=320:180:0:0:blue", "-c:v", "libx264",
                     "-preset", "ultrafast", str(flat))  # fmt: skip
    media.run_ffmpeg("-display_rotation", "90", "-i", str(flat), "-c", "copy", str(film))
    layout, sheet = sheets(film, tmp_path)
    assert (layout.width, layout.height) == (90, 160)
    left, right = sheet.getpixel((10, 80)), sheet.getpixel((80, 80))
    assert (left[0] > 200, left[2] < 60, right[2] > 200, right[0] < 60) == (True,) * 4


def test_pixels_that_are_not_square_are_shown_wide(tmp_path):
    film = tmp_path / "film.mkv"
    media.run_ffmpeg("-f", "lavfi", "-i", "testsrc2=size=720x576:rate=25:d=2,setsar=64/45", "-c:v", "libx264",
                     "-preset", "ultrafast", str(film))  # fmt: skip
    layout, _ = sheets(film, tmp_path)
    assert (layout.width, layout.height) == (160, 90)


def test_a_keyframe_is_decoded_for_each_small_picture_and_no_other(tmp_path):
    film = tmp_path / "film.mkv"
    media.run_ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:d=300", "-c:v", "libx264", "-preset",
                     "ultrafast", "-g", "25", str(film))  # fmt: skip
    facts = probe.probe(LocalFile(film))
    layout = choose_layout(facts.video, facts.duration_s)
    assert (layout.count, layout.interval_s) == (30, 10)
    answer = tracks._ask("trickplay_child", [f"file:{film}", "0.0", json.dumps(layout_of(layout)), str(tmp_path)],
                         limit_s=60, keep_alive=quiet)  # fmt: skip
    assert answer == {"decoded": 30}, "of 300 keyframes and 7,500 frames"


def layout_of(layout):
    return {name: getattr(layout, name) for name in ("width", "height", "interval_s", "count", "turn", "transfer")}


TEXTS = {
    "utf-8": ("de", "Gr\u00fc\u00dfe \u2014 \u4f60\u597d"),
    "utf-8-sig": ("de", "Gr\u00fc\u00dfe"),
    "utf-16": ("de", "Gr\u00fc\u00dfe"),
    "utf-16-le": ("de", "Gr\u00fc\u00dfe"),
    "utf-16-be": ("de", "Gr\u00fc\u00dfe"),
    "cp1252": ("fr", ("D\xe9j\xe0 vu, na\xefve fa\xe7ade, c\u2019est \xe7a; o\xf9 \xeates-vous, fr\xe8re?")),
    "cp1251": (
        "ru",
        (
            "\u041f\u0440\u0438\u0432\u0435\u0442, \u043a\u0430\u043a \u0434\u0435\u043b\u0430? \u042f "
            "\u0438\u0434\u0443 \u0434\u043e\u043c\u043e\u0439 \u0432\u0435\u0447\u0435\u0440\u043e"
            "\u043c"
        ),
    ),
    "gb18030": (
        "zh",
        (
            "\u4f60\u597d\uff0c\u6211\u4eec\u4eca\u5929\u665a\u4e0a\u53bb\u770b\u7535\u5f71\u5427\uff0c"
            "\u597d\u4e0d\u597d\uff1f"
        ),
    ),
    "shift_jis": (
        "ja",
        (
            "\u3053\u3093\u306b\u3061\u306f\u3001\u4eca\u65e5\u306f\u3044\u3044\u5929\u6c17\u3067\u3059"
            "\u306d\u3002\u6620\u753b\u3092\u898b\u307e\u3057\u3087\u3046"
        ),
    ),
    "cp1250": ("pl", ("Za\u017c\xf3\u0142\u0107 g\u0119\u015bl\u0105 ja\u017a\u0144, prosz\u0119 pana")),
    "cp949": ("ko", ("\uc548\ub155\ud558\uc138\uc694, \uc624\ub298 \uc601\ud654\ub97c \ubd05\uc2dc\ub2e4")),
}


@pytest.mark.parametrize("charset", TEXTS)
def test_an_upload_is_read_in_its_own_charset(charset):
    language, text = TEXTS[charset]
    assert text in decoded(SRT.format(text).encode(charset), language)


EVENTS = "[Events]\nFormat: {}, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
FORMS = {
    "srt": SRT.format("<b>Eins</b>"),
    "vtt": (
        "WEBVTT\n\nSTYLE\n::cue{}\n\nNOTE x\n\nid\n00:01.000 --> 00:02.500 line:0\n<v Bob>Eins\n\n"
        "00:03.000 --> 00:04.000\nZwei\n"
    ),
    "ass": (
        "[Script Info]\nScriptType: v4.00+\n" + EVENTS.format("Layer") +
        "Dialogue: 0,0:00:01.00,0:00:02.50,D,,0,0,0,,{\\i1}Eins\nComment: 0,0:00:01.00,0:00:02.50,D,,0,0,0,,note\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,D,,0,0,0,,Zwei\n"
    ),
    "ssa": (
        "[Script Info]\nScriptType: v4.00\n" + EVENTS.format("Marked") +
        "Dialogue: Marked=0,0:00:01.00,0:00:02.50,D,,0,0,0,,Eins\n"
        "Dialogue: Marked=0,0:00:03.00,0:00:04.00,D,,0,0,0,,Zwei\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_upload_gives_the_same_lines(tmp_path, form):
    assert upload(tmp_path, FORMS[form].encode()) == [Cue(1000, 2500, "Eins"), Cue(3000, 4000, "Zwei")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n\n",
        b"no times here",
        b"#EXTM3U\n#EXTINF:1,\nhttp://localhost/secret\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"1\n00:00:02,000 --> 00:00:01,000\nbackwards\n",
        b"{1}{2}microdvd needs a frame rate",
        b"WEBVTT\n",
        b"[Script Info]\n[Events]\nDialogue: broken\n",
        b"\x00\x01\x02\x03" * 5_000,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50,
        b"1\n00:00:01,000 --> 00:00:02,000\n{\\p1}m 0 0{\\p0}\n",
        ("1\n" + "00:00:01,000 --> 00:00:02,000\nx\n\n" * 50_000).encode(),
    ],
)  # fmt: skip
def test_what_is_no_subtitle_is_refused_in_words(tmp_path, data):
    with pytest.raises(tracks.TracksFailed, match=r"^(This|There) .*\.$"):
        upload(tmp_path, data)


def test_a_number_of_a_billion_is_only_a_number(tmp_path):
    text = "1000000000\n00:00:01,000 --> 00:00:02,000\nx\n\n999999999999999999999\n99:59:59,999 --> 99:59:59,999\ny\n"
    assert upload(tmp_path, text.encode()) == [Cue(1000, 2000, "x")]


def test_a_file_that_keeps_the_reader_busy_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(tracks, "UPLOAD_LIMIT_S", 1.0)
    began = time.monotonic()
    with pytest.raises(tracks.TracksFailed, match="longer than 1 s"):
        upload(tmp_path, b"1\n00:00:01,000 --> 00:00:02,000\na" + b"\n" * 1_900_000 + b"b\n")
    assert time.monotonic() - began < 20


def test_a_child_that_is_not_wanted_any_more_is_ended(tmp_path, monkeypatch):
    class Lost(Exception):
        pass

    def lost() -> None:
        raise Lost

    monkeypatch.setattr(tracks, "KEEP_ALIVE_S", 0.01)
    with pytest.raises(Lost):
        tracks.text_cues(LocalFile(media.film("two subtitles")), 0.0, [2, 3], keep_alive=lost)


def test_times_of_pictures_never_overlap_with_themselves(tmp_path):
    found = images(film_with_pictures(tmp_path / "film.mkv", SHOWS), tmp_path)["cues"]
    by_place: dict[tuple, list] = {}
    for cue in found:
        by_place.setdefault((cue["x"], cue["y"]), []).append(cue)
    for cues in by_place.values():
        assert all(before["end"] <= after["start"] for before, after in pairwise(cues))
