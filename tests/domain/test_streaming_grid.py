import itertools
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streaming.domain.grid import (
    Segments,
    choose_units,
    copied_audio_grid,
    encoded_audio_grid,
    fixed_grid,
    is_constant_rate,
    keyframe_grid,
    longest_gop_s,
    nearest_rate,
    steady_rate,
)
from apps.streaming.domain.source import PacketTimes
from tests.domain.streaming_samples import times

BASE = Fraction(1, 12800)


def seconds_of(segments: Segments) -> list[float]:
    return [float(segments.duration_s(index)) for index in range(len(segments))]


def test_keyframes_are_merged_to_at_least_four_seconds():
    coded, presented = keyframe_grid(times(seconds=30, gop=50), BASE)
    assert seconds_of(coded) == [4.0] * 7 + [2.0]
    assert coded == presented
    assert coded.frames == (100,) * 7 + (50,)


def test_a_keyframe_after_three_seconds_waits_for_the_next():
    coded, _ = keyframe_grid(times(seconds=30, gop=75), BASE)
    assert seconds_of(coded) == [6.0] * 5


def test_the_grid_starts_at_the_first_frame_whatever_the_files_clock_says():
    late, _ = keyframe_grid(times(seconds=30, start=98_560), BASE)
    assert late == keyframe_grid(times(seconds=30), BASE)[0]


def test_an_open_gop_moves_its_leading_pictures_in_the_presented_counts_only():
    # Decode order: each keyframe but the first is followed by two pictures that are shown before it.
    pts = [0, 4, 1, 2, 3, 7, 5, 6]
    found = PacketTimes(pts, [0, 5], 1)
    coded, presented = keyframe_grid(found, Fraction(1))
    assert coded.starts == presented.starts == (0, 7)
    assert coded.frames == (5, 3)
    assert presented.frames == (7, 1)


def test_milliseconds_stay_exact():
    found = times(seconds=20, fps="24000/1001", time_base="1/1000", gop=24)
    coded, _ = keyframe_grid(found, Fraction(1, 1000))
    assert coded.timescale == 1000
    assert coded.starts[1] == found.video_pts[96]


@pytest.mark.parametrize("fps", ["24000/1001", "25", "30000/1001", "50"])
def test_a_fixed_grid_has_round_four_fps_frames(fps):
    rate = Fraction(fps)
    segments = fixed_grid(Fraction(30), rate)
    assert set(segments.frames[:-1]) == {round(4 * rate)}
    assert sum(segments.frames) == round(30 * rate)
    assert segments.start_s(3) == 3 * round(4 * rate) / rate


def test_a_fixed_grid_of_a_very_short_film_has_one_segment():
    assert fixed_grid(Fraction(1, 100), Fraction(25)).frames == (1,)


@given(st.fractions(min_value=Fraction(1, 2), max_value=4000), st.sampled_from([24, 25, 30, Fraction(24000, 1001)]))
def test_a_fixed_grid_covers_the_film_without_holes(length, fps):
    segments = fixed_grid(length, Fraction(fps))
    assert sum(segments.duration_s(index) for index in range(len(segments))) == segments.total_s
    assert abs(segments.total_s - length) <= 1 / Fraction(fps)
    assert all(segments.duration_s(index) == segments.frames[index] / Fraction(fps) for index in range(len(segments)))


@given(st.lists(st.integers(1, 300), min_size=1, max_size=60))
def test_a_keyframe_grid_keeps_every_frame_and_every_boundary_is_a_keyframe(gops):
    starts = [sum(gops[:index]) for index in range(len(gops))]
    found = PacketTimes(list(range(sum(gops))), starts, 1)
    coded, presented = keyframe_grid(found, Fraction(1, 25))
    assert sum(coded.frames) == sum(presented.frames) == sum(gops)
    assert set(coded.starts) <= set(starts)
    assert all(coded.duration_s(index) >= 4 for index in range(len(coded) - 1))


def test_the_longest_gop_counts_to_the_end_of_the_film():
    found = PacketTimes(list(range(500)), [0, 100], 1)
    assert longest_gop_s(found, Fraction(1, 25)) == 16


def test_a_film_without_keyframes_has_an_endless_gop():
    assert longest_gop_s(PacketTimes([0, 1], [], 1), Fraction(1, 25)) > 10


@pytest.mark.parametrize(("fps", "base"), [("25", "1/1000"), ("24000/1001", "1/1000"), ("30000/1001", "1/90000")])
def test_millisecond_rounding_is_still_a_constant_rate(fps, base):
    assert is_constant_rate(times(seconds=20, fps=fps, time_base=base), Fraction(base), Fraction(fps))


def test_a_rate_that_changes_half_way_is_not_constant():
    first = times(seconds=10)
    second = [pts * 2 + 130_000 for pts in first.video_pts]
    found = replace(first, video_pts=[*first.video_pts, *second])
    assert not is_constant_rate(found, BASE, Fraction(25))


@pytest.mark.parametrize(("fps", "rate"), [("25", "25"), ("24000/1001", "24000/1001"), ("2997/125", "24000/1001")])
def test_a_constant_rate_stays(fps, rate):
    assert steady_rate(times(seconds=20, fps=fps), BASE, Fraction(fps)) == Fraction(rate)


@pytest.mark.parametrize(
    ("steps", "base", "average", "rate"),
    [
        ([512] * 100 + [1536] * 100, "1/12800", "12.5", "25"),
        ([33] * 90 + [34] * 90 + [100] * 90, "1/1000", "18", "30"),
        ([10] * 100 + [40] * 100, "1/1000", "40", "60"),
    ],
)
def test_a_varying_rate_becomes_that_of_its_quick_part(steps, base, average, rate):
    found = PacketTimes(list(itertools.accumulate(steps, initial=0)), [0], steps[-1])
    assert steady_rate(found, Fraction(base), Fraction(average)) == Fraction(rate)


def test_a_single_picture_has_the_rate_that_its_file_tells():
    assert steady_rate(PacketTimes([0], [0], 512), BASE, Fraction(25)) == 25


def test_units_last_about_a_minute():
    coded, _ = keyframe_grid(times(seconds=200), BASE)
    assert choose_units(coded) == [(0, 15), (15, 30), (30, 45), (45, 50)]


def test_units_cover_every_segment_once():
    units = choose_units(fixed_grid(Fraction(7200), Fraction(24000, 1001)))
    assert units[0][0] == 0
    assert all(before[1] == after[0] for before, after in itertools.pairwise(units))


def test_encoded_sound_has_one_frame_of_priming_more_than_fits():
    segments = encoded_audio_grid(Fraction(40), 48_000)
    assert sum(segments.frames) == 1876
    assert segments.frames[:3] == (188, 187, 188)
    assert segments.starts[:3] == (0, 192_512, 384_000)


def test_copied_sound_is_cut_at_the_same_places():
    found = times(seconds=40)
    copied = copied_audio_grid(found.sounds[1], Fraction(1, 48_000))
    assert copied.starts == encoded_audio_grid(Fraction(40), 48_000).starts[: len(copied)]


def test_segments_survive_the_database():
    segments = fixed_grid(Fraction(30), Fraction(24000, 1001))
    assert Segments.from_json(segments.to_json()) == segments


@pytest.mark.parametrize(
    ("measured", "standard"),
    [("23.976", "24000/1001"), ("24.0", "24"), ("29.97", "30000/1001"), ("25.01", "25"), ("119.88", "60"),
     ("12.5", "25/2")],
)  # fmt: skip
def test_a_measured_rate_becomes_the_standard_one(measured, standard):
    assert nearest_rate(Fraction(measured)) == Fraction(standard)


@pytest.mark.parametrize("start", [-3, 0, Fraction(1, 3), 4, Fraction(79, 10), 8, 11, 12, 40])
@pytest.mark.parametrize("length", [0, Fraction(1, 2), 4, 30])
def test_the_segments_of_a_window_are_found_as_by_looking_at_all(start, length):
    grid = Segments(25, (0, 100, 200, 210), 300, (100, 100, 10, 90))
    end = start + length
    seen = [index for index in range(4) if grid.start_s(index + 1) > start and grid.start_s(index) < end]
    assert list(grid.overlapping(Fraction(start), Fraction(end))) == seen


def test_a_window_of_a_long_film_is_found_with_few_looks():
    class Counted(tuple):
        looks = 0

        def __getitem__(self, index):
            Counted.looks += 1
            return super().__getitem__(index)

    grid = Segments(1, Counted(range(0, 40_000, 4)), 40_000, (100,) * 10_000)
    assert list(grid.overlapping(Fraction(20_002), Fraction(20_012))) == [5000, 5001, 5002]
    assert Counted.looks < 100
