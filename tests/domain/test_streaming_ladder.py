from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streaming.domain.grid import GridKind
from apps.streaming.domain.ladder import Mode, Recipe, TrackKind, choose_ladder
from apps.streaming.domain.languages import language_code, language_name, language_of, language_tag
from apps.streaming.domain.rungs import display_size
from apps.streaming.domain.source import PacketTimes, SoundTimes
from tests.domain.streaming_samples import AUDIO, SUBTITLE, VIDEO, facts, times


def names(ladder) -> list[str]:
    return [track.name for track in ladder.tracks]


def pictures(ladder) -> list[str]:
    return [track.name for track in ladder.tracks if track.kind == TrackKind.VIDEO]


def first_rung(ladder):
    return next(track for track in ladder.tracks if track.name.startswith("v") and track.name != "v-src")


def with_sound(changed) -> PacketTimes:
    """The regular film with another list of sound packets."""
    return replace(times(), sounds={1: SoundTimes(changed(times().sounds[1].pts), 1024)})


def sound(ladder):
    return next(track for track in ladder.tracks if track.kind == TrackKind.AUDIO)


def test_a_browser_ready_film_is_copied_and_gets_lower_rungs():
    ladder = choose_ladder(facts(), times())
    assert names(ladder) == ["v-src", "v720", "v480", "v240", "v144", "a-eng-1", "a-eng-1-low"]
    assert ladder.grid == GridKind.KEYFRAMES
    assert ladder.reasons == ()
    modes = {track.name: track.recipe.mode for track in ladder.tracks}
    assert [name for name, mode in modes.items() if mode == Mode.COPY] == ["v-src", "a-eng-1"]


def test_all_rungs_share_the_grid():
    source, *rungs = [track for track in choose_ladder(facts(), times()).tracks if track.kind == TrackKind.VIDEO]
    for rung in rungs:
        assert source.segments == rung.segments
        assert rung.units == (() if rung.on_demand else source.units)


def test_the_smallest_rungs_are_planned_but_made_only_where_somebody_asks():
    tracks = choose_ladder(facts(), times()).tracks
    assert [track.name for track in tracks if track.on_demand] == ["v240", "v144"]
    assert [track.units for track in tracks if track.on_demand] == [(), ()]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"codec": "mpeg4"}, "The picture is MPEG-4; browsers get H.264 instead."),
        ({"codec": "mpeg2video", "is_interlaced": True}, "The picture is MPEG-2; browsers get H.264 instead."),
        ({"codec": "wmv2"}, "The picture is in an older format; browsers get H.264 instead."),
        ({"profile": "High 10", "pix_fmt": "yuv420p10le"}, "The H.264 profile is not one that all browsers play."),
        ({"profile": "High 10", "pix_fmt": "yuv420p10le"}, "The picture is not 8-bit 4:2:0."),
        ({"level": 52}, "The H.264 level is above 5.1."),
        ({"pix_fmt": "yuv422p"}, "The picture is not 8-bit 4:2:0."),
        ({"codec": "hevc", "pix_fmt": "yuv444p"}, "The picture is not 8- or 10-bit 4:2:0."),
        ({"codec": "hevc", "pix_fmt": "yuv420p12le"}, "The picture is not 8- or 10-bit 4:2:0."),
        ({"is_interlaced": True}, "The picture is interlaced."),
        ({"pixel_aspect": "16:15"}, "The pixels are not square."),
        ({"rotation": 90}, "The picture is stored rotated."),
        ({"transfer": 16}, "The picture is HDR."),
        ({"codec": "hevc", "dolby_vision": 5},
         "The picture is Dolby Vision that browsers cannot show; its colours are approximate here."),
    ],
)  # fmt: skip
def test_what_browsers_cannot_show_is_encoded_and_the_reason_is_told(changes, reason):
    ladder = choose_ladder(facts(video=replace(VIDEO, **changes)), times())
    assert reason in ladder.reasons
    assert names(ladder) == ["v1080", "v720", "v480", "v240", "v144", "a-eng-1", "a-eng-1-low"]
    assert ladder.grid == GridKind.FIXED


@pytest.mark.parametrize(("codec", "name"), [("hevc", "HEVC"), ("av1", "AV1"), ("vp9", "VP9")])
@pytest.mark.parametrize(
    ("pix_fmt", "transfer", "shown"),
    [("yuv420p", 1, "SDR"), ("yuv420p10le", 1, "SDR"), ("yuv420p10le", 16, "PQ"), ("yuv420p10le", 18, "HLG")],
)
def test_newer_codecs_are_copied_beside_a_full_ladder(codec, name, pix_fmt, transfer, shown):
    video = replace(VIDEO, codec=codec, profile="Main 10", level=120, pix_fmt=pix_fmt, transfer=transfer)
    ladder = choose_ladder(facts(video=video), times())
    source, *rungs = [track for track in ladder.tracks if track.kind == TrackKind.VIDEO]
    assert names(ladder) == ["v-src", "v1080", "v720", "v480", "v240", "v144", "a-eng-1", "a-eng-1-low"]
    assert (source.recipe.mode, source.recipe.video_range, source.recipe.plays_everywhere) == (Mode.COPY, shown, False)
    assert all(rung.recipe.plays_everywhere and rung.recipe.video_range == "SDR" for rung in rungs)
    assert all(rung.recipe.tonemap == (shown != "SDR") for rung in rungs)
    assert ladder.reasons[0] == f"The picture is {name}; browsers that cannot show it get H.264 instead."
    assert ("The picture is HDR; screens without HDR get it with ordinary colours." in ladder.reasons) == (
        shown != "SDR"
    )


def test_dolby_vision_with_an_ordinary_base_is_copied():
    video = replace(VIDEO, codec="hevc", pix_fmt="yuv420p10le", transfer=16, dolby_vision=8)
    assert "v-src" in names(choose_ladder(facts(video=video), times()))


@pytest.mark.parametrize(
    ("size", "kbps", "expected"),
    [
        ((1920, 1080), 9_000, ["v-src", "v1080", "v720", "v480", "v240", "v144"]),
        ((3840, 2160), 40_000, ["v-src", "v1080", "v720", "v480", "v240", "v144"]),
        ((1920, 1080), 8_000, ["v-src", "v720", "v480", "v240", "v144"]),
        ((1920, 800), 9_000, ["v-src", "v1080", "v720", "v480", "v240", "v144"]),
        ((1920, 1080), 1_400, ["v-src", "v720", "v480", "v240", "v144"]),
        ((1280, 720), 6_000, ["v-src", "v720", "v480", "v240", "v144"]),
        ((1280, 720), 2_000, ["v-src", "v480", "v240", "v144"]),
        ((640, 360), 900, ["v-src", "v240", "v144"]),
        ((640, 360), 6_000, ["v-src", "v480", "v240", "v144"]),
        ((320, 180), 400, ["v-src", "v144"]),
        ((256, 144), 110, ["v-src"]),
    ],
)
def test_a_copied_film_gets_the_rungs_that_are_worth_their_disk(size, kbps, expected):
    video = replace(VIDEO, width=size[0], height=size[1])
    assert pictures(choose_ladder(facts(video=video, kbps=kbps), times())) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3840, 2160), ["v1080", "v720", "v480", "v240", "v144"]),
        ((1920, 800), ["v1080", "v720", "v480", "v240", "v144"]),
        ((1080, 1920), ["v1080", "v720", "v480", "v240", "v144"]),
        ((1280, 720), ["v720", "v480", "v240", "v144"]),
        ((720, 576), ["v720", "v480", "v240", "v144"]),
        ((640, 360), ["v480", "v240", "v144"]),
        ((160, 90), ["v480"]),
    ],
)
def test_an_encoded_film_gets_every_rung_up_to_its_own_size(size, expected):
    video = replace(VIDEO, codec="mpeg4", width=size[0], height=size[1])
    ladder = choose_ladder(facts(video=video), times())
    assert pictures(ladder) == expected
    for track in ladder.tracks[: len(expected)]:
        assert track.recipe.width <= size[0]
        assert track.recipe.height <= size[1]


@pytest.mark.parametrize(
    ("rung", "crf", "kbps"),
    [("v1080", 22, 5_000), ("v720", 22, 2_800), ("v480", 23, 1_200), ("v240", 25, 350), ("v144", 27, 100)],
)
def test_the_ladder_is_capped_by_quality_and_rate(rung, crf, kbps):
    ladder = choose_ladder(facts(video=replace(VIDEO, codec="mpeg4")), times())
    recipe = next(track.recipe for track in ladder.tracks if track.name == rung)
    assert (recipe.crf, recipe.max_kbps) == (crf, kbps)


@given(
    width=st.integers(16, 7680), height=st.integers(16, 4320), kbps=st.integers(100, 60_000),
    codec=st.sampled_from(["h264", "hevc", "vp9", "mpeg4"]), rotation=st.sampled_from([0, 90, 180, 270]),
    transfer=st.sampled_from([0, 1, 16, 18]), is_interlaced=st.booleans(),
)  # fmt: skip
def test_every_source_gets_a_picture_that_plays_everywhere_and_none_is_larger(
    width, height, kbps, codec, rotation, transfer, is_interlaced
):
    video = replace(VIDEO, width=width, height=height, codec=codec, rotation=rotation, transfer=transfer,
                    is_interlaced=is_interlaced)  # fmt: skip
    ladder = choose_ladder(facts(video=video, kbps=kbps), times(seconds=12))
    made = [track for track in ladder.tracks if track.kind == TrackKind.VIDEO]
    assert any(track.recipe.plays_everywhere and track.units for track in made)
    across, down = display_size(video)
    for recipe in (track.recipe for track in made if track.recipe.mode == Mode.ENCODE):
        assert recipe.width <= across
        assert recipe.height <= down
        assert recipe.width % 2 == recipe.height % 2 == 0
    heights = [track.recipe.width * track.recipe.height for track in made]
    assert heights == sorted(heights, reverse=True)
    assert len(ladder.reasons) == len(set(ladder.reasons))
    assert bool(ladder.reasons) == (codec != "h264" or ladder.grid == GridKind.FIXED)


def test_open_gops_are_copied_in_one_pass():
    order = list(times().video_pts)
    for keyframe in range(50, len(order), 50):  # the keyframe is decoded before the picture that is shown before it
        order[keyframe - 1], order[keyframe] = order[keyframe], order[keyframe - 1]
    found = replace(times(), video_pts=order, keyframes=[0, *range(49, len(order), 50)])
    source, rung, *_ = choose_ladder(facts(), found).tracks
    assert source.recipe.in_one_pass
    assert source.units == ((0, len(source.segments)),)
    assert source.segments.starts == rung.segments.starts
    assert len(rung.units) > 1


def test_long_gops_are_not_copied():
    ladder = choose_ladder(facts(), times(gop=275))
    assert ladder.reasons == ("Whole pictures are more than 10 s apart.",)
    assert names(ladder)[0] == "v1080"


def test_a_gop_of_exactly_ten_seconds_is_copied():
    assert names(choose_ladder(facts(), times(gop=250)))[0] == "v-src"


@pytest.mark.parametrize(
    "broken",
    [
        replace(times(), missing_times=3),
        replace(times(), keyframes=list(range(10, 3000, 50))),
        replace(times(), video_pts=[0, 0, *times().video_pts[2:]]),
        replace(times(), keyframes=[]),
    ],
)
def test_broken_timestamps_are_not_copied(broken):
    assert names(choose_ladder(facts(), broken))[0] == "v1080"


def test_a_varying_frame_rate_is_not_copied():
    first = times(seconds=60)
    found = replace(first, video_pts=[*first.video_pts, *(pts * 2 + 770_000 for pts in first.video_pts)])
    assert "The frame rate varies." in choose_ladder(facts(), found).reasons


def test_rungs_have_even_sizes_and_keep_the_shape():
    odd = replace(VIDEO, codec="mpeg4", width=1918, height=803)
    recipe = choose_ladder(facts(video=odd), times()).tracks[1].recipe
    assert (recipe.width, recipe.height) == (1280, 536)
    assert abs(recipe.width / recipe.height - 1918 / 803) < 0.01


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, (1920, 1080)),
        ({"rotation": 90}, (1080, 1920)),
        ({"rotation": 180}, (1920, 1080)),
        ({"width": 720, "height": 576, "pixel_aspect": "64:45"}, (1024, 576)),
        ({"pixel_aspect": "0:1"}, (1920, 1080)),
    ],
)
def test_the_shown_size_minds_rotation_and_pixel_shape(changes, shown):
    assert display_size(replace(VIDEO, **changes)) == shown


def test_portrait_films_are_scaled_by_their_short_side():
    tall = replace(VIDEO, codec="mpeg4", width=1080, height=1920)
    recipe = choose_ladder(facts(video=tall), times()).tracks[2].recipe
    assert (recipe.width, recipe.height) == (480, 854)


@pytest.mark.parametrize(
    ("track", "reason"),
    [
        (replace(AUDIO, codec="ac3"), "The sound is not AAC; browsers get AAC instead."),
        (replace(AUDIO, profile="HE-AAC"), "The sound is not AAC; browsers get AAC instead."),
        (replace(AUDIO, channels=6), "The sound has more channels or a higher rate than every browser plays."),
        (replace(AUDIO, sample_rate=96_000), "The sound has more channels or a higher rate than every browser plays."),
    ],
)
def test_sound_that_browsers_cannot_play_is_encoded(track, reason):
    ladder = choose_ladder(facts(audio=(track,)), times())
    assert reason in ladder.reasons
    assert sound(ladder).recipe.mode == Mode.ENCODE
    assert sound(ladder).recipe.channels == 2
    assert names(ladder)[0] == "v-src", "the picture is still copied"


@pytest.mark.parametrize(
    "found",
    [
        times(sound_start=24_000),
        times(sound_start=-24_000),
        with_sound(lambda pts: pts[:-100]),
        with_sound(lambda pts: [*pts[:100], *pts[110:]]),
    ],
)
def test_sound_out_of_step_with_the_picture_is_fitted_to_it(found):
    ladder = choose_ladder(facts(), found)
    assert ladder.reasons == ("The sound does not start and end with the picture; it is fitted to it.",)
    assert sound(ladder).recipe.mode == Mode.ENCODE


def test_encoded_sound_remembers_how_late_it_starts():
    assert sound(choose_ladder(facts(), times(sound_start=24_000))).recipe.lead_s == 0.5


def test_a_silent_film_has_no_sound_track():
    assert names(choose_ladder(facts(audio=()), times())) == ["v-src", "v720", "v480", "v240", "v144"]


def test_a_sound_track_without_sound_is_left_out():
    ladder = choose_ladder(facts(), with_sound(lambda pts: []))
    assert names(ladder) == ["v-src", "v720", "v480", "v240", "v144"]
    assert ladder.reasons == ("The sound track is empty.",)


def test_text_subtitles_are_kept_and_pictures_are_not():
    tracks = (SUBTITLE, replace(SUBTITLE, index=3, codec="pgssub"), replace(SUBTITLE, index=4, codec="ass"))
    ladder = choose_ladder(facts(subtitles=tracks), times())
    assert names(ladder)[7:] == ["s-eng-2", "s-eng-4"]


def test_subtitles_that_are_not_read_are_told_with_their_languages():
    tracks = [
        replace(SUBTITLE, index=index, codec=codec, language=language)
        for index, (codec, language) in enumerate(
            [("subrip", "eng"), ("cc_dec", "eng"), ("xsub", "fre"), ("xsub", "ger"), ("", "spa"), ("dvbsub", "ita")], 2
        )
    ]
    assert choose_ladder(facts(subtitles=tuple(tracks)), times()).reasons == (
        "This server does not read closed caption subtitles; left out: English.",
        "This server does not read XSUB subtitles; left out: French, German.",
        "This server does not read the format of some subtitles; left out: Spanish.",
    )


def test_subtitles_of_two_variants_keep_their_regions():
    tracks = (replace(SUBTITLE, language="pt-BR"), replace(SUBTITLE, index=3, language="pt-PT"))
    found = choose_ladder(facts(subtitles=tracks), times()).tracks[-2:]
    assert [(track.name, track.recipe.language) for track in found] == [("s-pt-2", "pt-BR"), ("s-pt-3", "pt-PT")]


def test_the_origin_is_the_pictures_start_in_the_files_clock():
    late = facts(start_s=7.677)
    assert choose_ladder(late, times(start=98_560)).origin_s == pytest.approx(0.023)


def test_streams_with_their_own_clocks_have_no_origin():
    assert choose_ladder(facts(start_s=1.4, has_own_clocks=True), times(start=20_000)).origin_s == 0


def test_a_ladder_needs_a_picture():
    with pytest.raises(ValueError, match="picture"):
        choose_ladder(facts(video=None), PacketTimes([0], [0], 1))


def test_recipes_survive_the_database():
    for track in choose_ladder(facts(), times()).tracks:
        assert Recipe.from_json(track.recipe.to_json()) == track.recipe


def test_a_fixed_grid_uses_the_standard_rate():
    film = replace(VIDEO, codec="mpeg4", fps="2997/125")
    assert choose_ladder(facts(video=film), times()).tracks[0].recipe.fps == str(Fraction(24000, 1001))


@pytest.mark.parametrize(
    ("said", "code", "tag", "name"),
    [
        ("eng", "eng", "en", "English"),
        ("fra", "fra", "fr", "French"),
        ("fre", "fre", "fr", "French"),
        ("pt-BR", "pt", "pt-BR", "Portuguese (Brazil)"),
        ("por_pt", "por", "pt-PT", "Portuguese (Portugal)"),
        ("zh-hant-tw", "zh", "zh-Hant-TW", "Chinese (Traditional, Taiwan)"),
        ("spa-419", "spa", "es-419", "Spanish (Latin America)"),
        ("en-IE", "en", "en-IE", "English (IE)"),
        ("de-DE-1996", "de", "de", "German"),
        ("tlh-QO", "tlh", "tlh-QO", None),
        ("und-BR", "und", "und", None),
        ('pt-B"', "pt", "pt", "Portuguese"),
        ("tlh", "tlh", "tlh", None),
        ("../x", "und", "und", None),
        ('e"', "und", "und", None),
        ("", "und", "und", None),
    ],
)
def test_languages_are_tags_whatever_the_file_says(said, code, tag, name):
    language = language_of(said)
    assert (language_code(said), language_tag(language), language_name(language)) == (code, tag, name)
