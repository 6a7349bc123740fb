from dataclasses import replace
from fractions import Fraction

import pytest

from apps.streaming.domain.grid import GridKind
from apps.streaming.domain.ladder import Mode, Recipe, TrackKind, choose_ladder, display_size
from apps.streaming.domain.languages import language_code, language_name, language_tag
from apps.streaming.domain.source import PacketTimes
from tests.domain.streaming_samples import AUDIO, SUBTITLE, VIDEO, facts, times


def names(ladder) -> list[str]:
    return [track.name for track in ladder.tracks]


def sound(ladder):
    return next(track for track in ladder.tracks if track.kind == TrackKind.AUDIO)


def test_a_browser_ready_film_is_copied_and_gets_one_lower_rung():
    ladder = choose_ladder(facts(), times())
    assert names(ladder) == ["v-src", "v480", "a-eng-1"]
    assert ladder.grid == GridKind.KEYFRAMES
    assert ladder.reasons == ()
    assert [track.recipe.mode for track in ladder.tracks] == [Mode.COPY, Mode.ENCODE, Mode.COPY]


def test_all_rungs_share_the_grid():
    source, rung, _ = choose_ladder(facts(), times()).tracks
    assert source.segments == rung.segments
    assert source.units == rung.units


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"codec": "hevc"}, "The picture is HEVC; browsers get H.264 instead."),
        ({"codec": "mpeg4"}, "The picture is MPEG-4; browsers get H.264 instead."),
        ({"codec": "wmv2"}, "The picture is in an older format; browsers get H.264 instead."),
        ({"profile": "High 10"}, "The H.264 profile is not one that all browsers play."),
        ({"level": 52}, "The H.264 level is above 5.1."),
        ({"pix_fmt": "yuv422p"}, "The picture is not 8-bit 4:2:0."),
        ({"is_interlaced": True}, "The picture is interlaced."),
        ({"pixel_aspect": "16:15"}, "The pixels are not square."),
        ({"rotation": 90}, "The picture is stored rotated."),
        ({"transfer": 16}, "The picture is HDR."),
    ],
)
def test_what_browsers_cannot_show_is_encoded_and_the_reason_is_told(changes, reason):
    ladder = choose_ladder(facts(video=replace(VIDEO, **changes)), times())
    assert reason in ladder.reasons
    assert names(ladder) == ["v480", "v720", "a-eng-1"]
    assert ladder.grid == GridKind.FIXED


def test_open_gops_are_copied_in_one_pass():
    order = list(times().video_pts)
    for keyframe in range(50, len(order), 50):  # the keyframe is decoded before the picture that is shown before it
        order[keyframe - 1], order[keyframe] = order[keyframe], order[keyframe - 1]
    found = replace(times(), video_pts=order, keyframes=[0, *range(49, len(order), 50)])
    source, rung, _ = choose_ladder(facts(), found).tracks
    assert source.recipe.in_one_pass
    assert source.units == ((0, len(source.segments)),)
    assert source.segments.starts == rung.segments.starts
    assert len(rung.units) > 1


def test_long_gops_are_not_copied():
    ladder = choose_ladder(facts(), times(gop=275))
    assert ladder.reasons == ("Whole pictures are more than 10 s apart.",)
    assert names(ladder)[0] == "v480"


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
    assert names(choose_ladder(facts(), broken))[0] == "v480"


def test_a_varying_frame_rate_is_not_copied():
    first = times(seconds=60)
    found = replace(first, video_pts=[*first.video_pts, *(pts * 2 + 770_000 for pts in first.video_pts)])
    assert "The frame rate varies." in choose_ladder(facts(), found).reasons


def test_nothing_is_larger_than_the_source():
    small = replace(VIDEO, codec="mpeg4", width=640, height=360)
    ladder = choose_ladder(facts(video=small), times())
    assert names(ladder) == ["v480", "a-eng-1"]
    assert (ladder.tracks[0].recipe.width, ladder.tracks[0].recipe.height) == (640, 360)


def test_a_small_light_source_needs_no_second_rung():
    small = replace(VIDEO, width=640, height=360)
    assert names(choose_ladder(facts(video=small, kbps=900), times())) == ["v-src", "a-eng-1"]


def test_a_small_heavy_source_gets_a_lighter_rung():
    small = replace(VIDEO, width=640, height=360)
    assert names(choose_ladder(facts(video=small, kbps=6000), times())) == ["v-src", "v480", "a-eng-1"]


def test_rungs_have_even_sizes_and_keep_the_shape():
    odd = replace(VIDEO, codec="hevc", width=1918, height=803)
    recipe = choose_ladder(facts(video=odd), times()).tracks[0].recipe
    assert recipe.height == 480
    assert recipe.width % 2 == 0
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
    tall = replace(VIDEO, codec="hevc", width=1080, height=1920)
    recipe = choose_ladder(facts(video=tall), times()).tracks[0].recipe
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
        replace(times(), audio_pts=times().audio_pts[:-100]),
        replace(times(), audio_pts=[*times().audio_pts[:100], *times().audio_pts[110:]]),
    ],
)
def test_sound_out_of_step_with_the_picture_is_fitted_to_it(found):
    ladder = choose_ladder(facts(), found)
    assert ladder.reasons == ("The sound does not start and end with the picture; it is fitted to it.",)
    assert sound(ladder).recipe.mode == Mode.ENCODE


def test_encoded_sound_remembers_how_late_it_starts():
    assert sound(choose_ladder(facts(), times(sound_start=24_000))).recipe.lead_s == 0.5


def test_the_default_sound_track_is_chosen():
    second = replace(AUDIO, index=3, language="fre")
    ladder = choose_ladder(facts(audio=(replace(AUDIO, is_default=False), second)), times())
    assert sound(ladder).name == "a-fre-3"


def test_a_silent_film_has_no_sound_track():
    assert names(choose_ladder(facts(audio=()), times())) == ["v-src", "v480"]


def test_a_sound_track_without_sound_is_left_out():
    ladder = choose_ladder(facts(), replace(times(), audio_pts=[]))
    assert names(ladder) == ["v-src", "v480"]
    assert ladder.reasons == ("The sound track is empty.",)


def test_text_subtitles_are_kept_and_pictures_are_not():
    tracks = (SUBTITLE, replace(SUBTITLE, index=3, codec="pgssub"), replace(SUBTITLE, index=4, codec="ass"))
    ladder = choose_ladder(facts(subtitles=tracks), times())
    assert names(ladder)[3:] == ["s-eng-2", "s-eng-4"]


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
    film = replace(VIDEO, codec="hevc", fps="2997/125")
    assert choose_ladder(facts(video=film), times()).tracks[0].recipe.fps == str(Fraction(24000, 1001))


@pytest.mark.parametrize(
    ("said", "code", "tag", "name"),
    [
        ("eng", "eng", "en", "English"),
        ("fra", "fra", "fr", "French"),
        ("fre", "fre", "fr", "French"),
        ("pt-BR", "pt", "pt", "Portuguese"),
        ("tlh", "tlh", "tlh", None),
        ("../x", "und", "und", None),
        ('e"', "und", "und", None),
        ("", "und", "und", None),
    ],
)
def test_languages_are_tags_whatever_the_file_says(said, code, tag, name):
    assert (language_code(said), language_tag(code), language_name(code)) == (code, tag, name)
