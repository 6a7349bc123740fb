from dataclasses import replace
from fractions import Fraction

import pytest

from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.address import Address
from apps.streaming.domain.ladder import Ladder, Track, choose_ladder
from tests.domain.streaming_samples import AUDIO, VIDEO, facts, times

SOURCE = command.Source(Address.of_file("/films/-i evil; $(x).mp4"), 120.0, 0.0)


def track(ladder: Ladder, name: str) -> Track:
    return next(entry for entry in ladder.tracks if entry.name.startswith(name))


def value(args: list[str], option: str) -> str:
    return args[args.index(option) + 1]


PLAIN = choose_ladder(facts(audio=(replace(AUDIO, codec="ac3"),)), times())
FIXED = choose_ladder(facts(video=replace(VIDEO, codec="mpeg4", fps="24000/1001", transfer=16)), times())
SOURCE_TRACK, RUNG, SOUND = track(PLAIN, "v-src"), track(PLAIN, "v480"), track(PLAIN, "a")
ALL = {
    "copy": command.copy_video(SOURCE, SOURCE_TRACK.recipe, SOURCE_TRACK.segments, 15, 29),
    "rung": command.encode_rungs(SOURCE, {"v480": RUNG.recipe}, RUNG.segments, 15, 29),
    "fixed": command.encode_rungs(SOURCE, {"v480": track(FIXED, "v480").recipe}, track(FIXED, "v480").segments, 0, 15),
    "sound": command.sounds(SOURCE, {"a-eng-1": (SOUND.recipe, SOUND.segments)}),
    "silence": command.find_silence(SOURCE, 1, (60.0, 90.0)),
    "black": command.find_black(SOURCE, 0, (60.0, 63.0)),
    "check": command.decode_check("/films/proof.mp4"),
}


@pytest.mark.parametrize("name", ALL)
def test_every_input_is_a_file_behind_whitelists(name):
    args = ALL[name]
    assert value(args, "-i").startswith("file:/")
    assert args.index("-protocol_whitelist") < args.index("-i")
    assert value(args, "-protocol_whitelist") == "file"
    assert "hls" not in value(args, "-format_whitelist").split(",")
    assert "concat" not in value(args, "-format_whitelist").split(",")
    assert "-codec_whitelist" in args
    assert "-nostdin" in args


@pytest.mark.parametrize("name", [name for name in ALL if name != "check"])
def test_every_run_is_bounded_in_pixels_and_length(name):
    args = ALL[name]
    assert args.index("-max_pixels") < args.index("-i")
    assert 0 < float(value(args, "-t")) <= 120 * 1.02 + 1
    assert args.index("-t") < args.index("-i")


@pytest.mark.parametrize("name", ["copy", "rung", "fixed"])
def test_pictures_keep_absolute_timestamps(name):
    args = ALL[name]
    assert "-copyts" in args
    assert value(args, "-avoid_negative_ts") == "disabled"
    assert value(args, "-hls_segment_options") == "movflags=+frag_discont+skip_sidx"
    assert value(args, "-hls_flags") == "temp_file"
    assert "append_list" not in " ".join(args)


def test_sound_is_one_pass_with_ffmpegs_own_timestamps():
    args = ALL["sound"]
    assert "-copyts" not in args
    assert "-ss" not in args
    assert "frag_discont" not in " ".join(args)
    assert value(args, "-b:a") == "160k"


def test_a_unit_starts_and_is_numbered_at_its_first_segment():
    assert value(ALL["copy"], "-start_number") == "15"
    assert float(value(ALL["copy"], "-ss")) == pytest.approx(60, abs=0.02)
    assert float(value(ALL["rung"], "-ss")) == pytest.approx(60 - 0.02)
    assert float(value(ALL["rung"], "-t")) == pytest.approx(56)


def test_the_first_unit_does_not_seek():
    assert "-ss" not in ALL["fixed"]


def test_a_rung_on_the_keyframe_grid_is_cut_at_the_grid_points_only():
    forced = [float(text) for text in value(ALL["rung"], "-force_key_frames").split(",")]
    assert forced == pytest.approx([4 * index - 0.02 for index in range(15, 29)])
    assert (value(ALL["rung"], "-g"), value(ALL["rung"], "-sc_threshold")) == ("100000", "0")


def test_a_fixed_grid_counts_frames():
    args = ALL["fixed"]
    assert value(args, "-g") == value(args, "-keyint_min") == "96"
    assert value(args, "-frames:v") == str(96 * 15)
    assert "fps=fps=24000/1001:start_time=0.000000" in value(args, "-filter_complex")


def test_hdr_is_tone_mapped_and_interlace_is_removed():
    assert "tonemap" in value(ALL["fixed"], "-filter_complex")
    woven = choose_ladder(facts(video=replace(VIDEO, is_interlaced=True)), times())
    rung = track(woven, "v480")
    assert "bwdif" in value(command.encode_rungs(SOURCE, {"v480": rung.recipe}, rung.segments, 0, 1), "-filter_complex")


def test_a_late_picture_is_moved_to_zero():
    late = replace(SOURCE, origin_s=0.023)
    copy = command.copy_video(late, SOURCE_TRACK.recipe, SOURCE_TRACK.segments, 15, 30)
    assert value(copy, "-output_ts_offset") == "-0.023000"
    assert float(value(copy, "-ss")) == pytest.approx(60.033)
    assert "setpts=round(PTS-0.023000/TB)" in value(
        command.encode_rungs(late, {"v480": RUNG.recipe}, RUNG.segments, 0, 1), "-filter_complex"
    )


def test_quality_follows_the_rung():
    args = ALL["rung"]
    assert (value(args, "-crf"), value(args, "-maxrate"), value(args, "-bufsize")) == ("23", "1200k", "2400k")
    assert Fraction(RUNG.recipe.width, RUNG.recipe.height) == Fraction(854, 480)


def test_all_rungs_of_a_run_come_from_one_decode_scaled_in_a_chain():
    small = replace(RUNG.recipe, width=426, height=240, crf=25, max_kbps=350)
    large = replace(RUNG.recipe, width=1280, height=720, crf=22, max_kbps=2800)
    rungs = {"v240": small, "v480": RUNG.recipe, "v720": large}
    args = command.encode_rungs(SOURCE, rungs, RUNG.segments, 15, 29)
    assert args.count("-i") == 1
    graph = value(args, "-filter_complex").split(";")
    assert [part.split("scale=")[1].split(",")[0] for part in graph] == ["1280:720", "854:480", "426:240"]
    assert [part.split("]")[0] for part in graph] == ["[0:0", "[feed0", "[feed1"]
    outputs = [args[place + 1] for place, arg in enumerate(args) if arg == "-map"]
    assert outputs == ["[rung0]", "[rung1]", "[rung2]"]
    assert [arg for arg in args if arg.endswith("index.m3u8")] == [
        "v720/index.m3u8",
        "v480/index.m3u8",
        "v240/index.m3u8",
    ]
    assert [args[place + 1] for place, arg in enumerate(args) if arg == "-crf"] == ["22", "23", "25"]
    cuts = [args[place + 1] for place, arg in enumerate(args) if arg == "-force_key_frames"]
    assert len(cuts) == 3
    assert len(set(cuts)) == 1, "every rung is cut at the same times"


def test_colours_are_mapped_once_at_the_size_of_the_largest_rung():
    rungs = {name: track(FIXED, name).recipe for name in ("v720", "v480", "v240")}
    args = command.encode_rungs(SOURCE, rungs, track(FIXED, "v480").segments, 0, 15)
    first, *others = value(args, "-filter_complex").split(";")
    order = [first.index(word) for word in ("fps=", "scale=1280:720", "setparams=", "tonemap=hable", "split=2")]
    assert order == sorted(order)
    assert first.count("scale=1280:720") == 1
    assert not any("tonemap" in part for part in others)
    assert [part.split("scale=")[1].split(",")[0] for part in others] == ["854:480", "426:240"]


@pytest.mark.parametrize(
    ("transfer", "said"),
    [(16, "color_trc=smpte2084:colorspace=bt2020nc"), (18, "color_trc=arib-std-b67:colorspace=bt2020nc"),
     (0, "color_trc=smpte2084:colorspace=ictcp")],
)  # fmt: skip
def test_hdr_pictures_are_told_their_colours_because_files_forget_to(transfer, said):
    rung = replace(track(FIXED, "v480").recipe, transfer=transfer)
    args = command.encode_rungs(SOURCE, {"v480": rung}, track(FIXED, "v480").segments, 0, 1)
    assert f"setparams=color_primaries=bt2020:{said}" in value(args, "-filter_complex")


def test_a_copied_hevc_picture_is_called_hvc1():
    ladder = choose_ladder(facts(video=replace(VIDEO, codec="hevc")), times())
    source = track(ladder, "v-src")
    assert value(command.copy_video(SOURCE, source.recipe, source.segments, 0, 1), "-tag:v") == "hvc1"
    assert "-tag:v" not in ALL["copy"]


def test_all_sound_tracks_of_a_unit_come_from_one_pass():
    wide = replace(SOUND.recipe, channels=6, max_kbps=384)
    copied = replace(SOUND.recipe, mode="copy", stream=2)
    tracks = {"a-eng-1": SOUND.recipe, "a-eng-1-51": wide, "a-fre-2": copied}
    args = command.sounds(SOURCE, {name: (recipe, SOUND.segments) for name, recipe in tracks.items()})
    assert args.count("-i") == 1
    assert [args[place + 1] for place, arg in enumerate(args) if arg == "-map"] == ["0:1", "0:1", "0:2"]
    assert [args[place + 1] for place, arg in enumerate(args) if arg == "-ac"] == ["2", "6"]
    assert [args[place + 1] for place, arg in enumerate(args) if arg == "-b:a"] == ["160k", "384k"]
    assert [arg for arg in args if arg.endswith("m3u8")] == [f"{name}/index.m3u8" for name in tracks]
    assert args.count("frag_discont") == 0
