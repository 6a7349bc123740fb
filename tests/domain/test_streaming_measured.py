"""The length and the hidden parts of a film, decided by its packets where its header is silent or lies."""

from dataclasses import replace
from fractions import Fraction

import pytest

from apps.streaming.domain.ladder import choose_ladder
from apps.streaming.domain.source import SoundTimes, implausibility_of, measured
from tests.domain.streaming_samples import facts, times


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
