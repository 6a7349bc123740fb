"""The length and the hidden parts of a film, decided by its packets where its header is silent or lies."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.streaming.domain.ladder import TrackKind, choose_ladder
from apps.streaming.domain.source import (
    LONGEST_HOLD_S,
    PacketTimes,
    SoundTimes,
    SourceFacts,
    believed,
    implausibility_of,
    measured,
)
from tests.domain.streaming_samples import VIDEO, facts, times


def test_a_header_that_is_right_is_believed():
    assert measured(facts(seconds=120), times(seconds=120)).duration_s == 120
    assert measured(facts(seconds=120.5), times(seconds=120)).duration_s == 120.5


@pytest.mark.parametrize("told_s", [0.0, 10.0])
def test_a_length_that_is_not_told_or_too_short_is_measured(told_s):
    found = measured(replace(facts(), duration_s=told_s), times(seconds=120))
    assert found.duration_s == pytest.approx(120, abs=0.1)


def test_sound_that_lasts_longer_than_the_picture_counts():
    sound = SoundTimes((0, 300 * 48_000), 1024)
    found = measured(replace(facts(), duration_s=0.0), replace(times(seconds=120), sounds={1: sound}))
    assert found.duration_s == pytest.approx(300, abs=0.1)


def test_a_small_file_with_hours_between_two_pictures_is_refused():
    gap = replace(times(seconds=1), video_pts=(0, 512, 5002 * 12_800), keyframes=(0,))
    found = measured(replace(facts(), duration_s=1.0, size_bytes=3000), gap)
    assert "far longer" in implausibility_of(found)


def test_one_picture_is_no_film():
    one = replace(times(), video_pts=(0,), keyframes=(0,), last_duration=0, sounds={})
    assert "last as long" in implausibility_of(measured(replace(facts(), duration_s=0.0), one))


def test_a_film_with_hidden_pictures_is_not_copied():
    ladder = choose_ladder(facts(), replace(times(), hidden=33))
    assert not [track for track in ladder.tracks if track.name == "v-src"]
    assert "An edit inside the file hides some of its pictures." in ladder.reasons


def test_encoded_sound_starts_where_it_is_heard():
    late = replace(times().sounds[1], heard_from=24_000)
    ladder = choose_ladder(facts(), replace(times(), sounds={1: replace(late, pts=(-48_000, 0))}))
    sounds = [track for track in ladder.tracks if track.name.startswith("a-")]
    assert [Fraction(sound.recipe.lead_s) for sound in sounds] == [Fraction(1, 2)] * 2


def measured_s(known: SourceFacts, found: PacketTimes) -> float:
    return measured(replace(known, duration_s=0.0), believed(known, found)).duration_s


@given(st.integers(0, 299), st.integers(-(1 << 33), 1 << 33), st.sampled_from([("25", "1/90000"), ("1/20", "1/1000")]))
@example(1, 10_001, ("1/20", "1/1000"))
@example(296, -10_001, ("1/20", "1/1000"))
def test_moving_one_picture_never_changes_the_length_by_more_than_a_hold_and_a_picture(number, ticks, clock):
    fps, base = clock
    film = replace(times(seconds=float(300 / Fraction(fps)), fps=fps, time_base=base, start=131_400), sounds={})
    known = facts(video=replace(VIDEO, fps=fps, time_base=base), audio=())
    pts = list(film.video_pts)
    pts[number] += ticks
    before, after = measured_s(known, film), measured_s(known, replace(film, video_pts=pts))
    assert abs(after - before) <= max(LONGEST_HOLD_S, 3 / Fraction(fps)) + 1 / Fraction(fps)


@pytest.mark.parametrize("between_s", [20, 60])
def test_a_slide_show_is_believed(between_s):
    slides = replace(times(), video_pts=[12_800 * between_s * at for at in range(100)], keyframes=(0,))
    assert believed(facts(), slides) is slides


def test_a_last_picture_that_sound_goes_along_with_is_held_on_purpose():
    held = replace(times(seconds=100), video_pts=[*times(seconds=50).video_pts, 99 * 12_800])
    assert believed(facts(), held) is held
    silent = believed(facts(), replace(held, sounds={}))
    assert (silent.strays, len(silent.video_pts)) == (1, 1250)


def test_a_picture_with_an_impossible_time_is_left_out_and_told():
    film = times(seconds=60)
    pts = list(film.video_pts)
    pts[700] += 12_800 * 6000
    kept = believed(facts(), replace(film, video_pts=pts))
    ladder = choose_ladder(measured(facts(), kept), kept)
    assert "The timestamps of the file are broken." in ladder.reasons
    assert all(track.recipe.has_strays for track in ladder.tracks if track.kind == TrackKind.VIDEO)
    assert kept.keyframes == [at - (at > 700) for at in film.keyframes if at != 700]
