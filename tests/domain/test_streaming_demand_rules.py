"""Priorities, slots and admission; cutting a unit for a viewer; the runs that make what is missing; speed and ETA."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streaming.domain.grid import Segments
from apps.streaming.domain.priorities import (
    Priority,
    Slots,
    ceiling,
    cost_cores,
    is_brisk,
    keeps_up,
    niceness_of,
    places,
    slots_for,
    threads_ahead,
)
from apps.streaming.domain.speed import PACE_KEPT, eta_s, speed, with_pace
from apps.streaming.domain.units import WANTED_S, Part, cut, end_of_wish, runs

RUNGS = ("v480", "v720", "v1080")
GRID = Segments(1, tuple(range(0, 400, 4)), 400, (100,) * 100)
SLOTS = Slots(threads=8, unhurried=3, background=1)


def pairs(parts: list[Part]) -> list[tuple[str, int]]:
    return sorted((rung, index) for part in parts for rung in part.rungs for index in range(part.first, part.last))


def test_a_viewer_who_waits_gets_eight_segments_of_one_rung():
    parts = cut(Part(0, 15, RUNGS), ["v720"], 4, end_of_wish(GRID, 4, 15))
    assert parts == [
        Part(0, 4, RUNGS),
        Part(4, 12, ("v720",), is_wanted=True),
        Part(4, 12, ("v480", "v1080")),
        Part(12, 15, RUNGS),
    ]


def test_a_wish_at_the_end_of_a_unit_leaves_nothing_behind_it():
    assert cut(Part(0, 15, ("v480",)), ["v480"], 14, 15) == [
        Part(0, 14, ("v480",)),
        Part(14, 15, ("v480",), is_wanted=True),
    ]


def test_a_wish_for_something_else_cuts_nothing():
    whole = Part(0, 15, RUNGS)
    assert cut(whole, ["v240"], 4, 8) == [whole]
    assert cut(whole, ["v480"], 20, 28) == [whole]


@given(
    first=st.integers(0, 50), length=st.integers(1, 50), start=st.integers(0, 110), span=st.integers(1, 20),
    wanted=st.sets(st.sampled_from([*RUNGS, "v240"]), min_size=1),
)  # fmt: skip
def test_cutting_neither_loses_nor_doubles_a_segment(first, length, start, span, wanted):
    whole = Part(first, first + length, RUNGS)
    parts = cut(whole, wanted, start, start + span)
    assert pairs(parts) == pairs([whole])
    assert sum(part.is_wanted for part in parts) <= 1


def test_a_wish_ends_with_the_film():
    assert end_of_wish(GRID, 98, 100) == 100
    assert float(GRID.start_s(end_of_wish(GRID, 3, 100)) - GRID.start_s(3)) == WANTED_S


def test_a_run_makes_only_the_rungs_that_miss_its_segments():
    lacking = {"v480": [5, 6, 7], "v720": [3, 4, 5, 6, 7], "v1080": [4, 5, 6, 9]}
    assert runs(lacking) == [
        Part(3, 4, ("v720",)),
        Part(4, 5, ("v720", "v1080")),
        Part(5, 7, ("v480", "v720", "v1080")),
        Part(7, 8, ("v480", "v720")),
        Part(9, 10, ("v1080",)),
    ]


@given(st.dictionaries(st.sampled_from(RUNGS), st.sets(st.integers(0, 30)).map(sorted)))
def test_runs_make_each_missing_segment_once(lacking):
    expected = sorted((rung, index) for rung, indexes in lacking.items() for index in indexes)
    assert pairs(runs(lacking)) == expected


@pytest.mark.parametrize(
    ("running", "highest"),
    [
        ([], Priority.EXTRA),
        ([3], Priority.SOON),
        ([0, 0, 0, 0, 0, 0], Priority.EXTRA),
        ([1, 1], Priority.EXTRA),
        ([1, 1, 3], Priority.WAITING),
        ([1, 1, 1], Priority.WAITING),
        ([4, 1, 0], Priority.SOON),
    ],
)
def test_threads_are_kept_free_for_those_who_wait(running, highest):
    assert ceiling(running, SLOTS) == highest


@given(cores=st.integers(1, 128))
def test_every_machine_has_a_thread_for_each_kind_of_work_and_some_for_viewers(cores):
    slots = slots_for(cores)
    assert 1 <= slots.background < slots.unhurried < slots.threads - 1


@given(st.integers(1, 128), st.integers(1, 3))
def test_encodes_ahead_of_time_share_the_cores(cores, rungs):
    together = threads_ahead(cores, rungs) * rungs * slots_for(cores).background
    assert together <= max(cores, rungs * slots_for(cores).background)
    assert 2 * together >= cores, "none of them stands idle beside the decoders"


def test_two_cores_make_several_small_rungs_or_one_large_one():
    small = cost_cores(pixels=854 * 480, source_pixels=1920 * 1080, fps=25)
    large = cost_cores(pixels=1920 * 1080, source_pixels=3840 * 2160, fps=60)
    assert places(2, small) >= 4
    assert places(2, large) == 1


def test_twice_the_cores_serve_about_twice_the_viewers():
    cost = cost_cores(pixels=1280 * 720, source_pixels=1280 * 720, fps=30)
    assert 2 * places(2, cost) <= places(4, cost) <= 2 * places(2, cost) + 1


def test_two_cores_are_brisk_with_720p_and_not_with_1080p():
    ladders = {720: (1280 * 720, 854 * 480), 1080: (1920 * 1080, 1280 * 720, 854 * 480)}
    costs = {name: cost_cores(pixels=sum(sizes), source_pixels=sizes[0], fps=30) for name, sizes in ladders.items()}
    assert {name: is_brisk(2, cost) for name, cost in costs.items()} == {720: True, 1080: False}


def test_a_rung_keeps_up_when_it_is_made_as_fast_as_it_is_watched():
    assert [keeps_up(value) for value in (None, 0.9, 1.0, 4.0)] == [False, False, True, True]


def paced(*steps: tuple[float, float]) -> list[list[float]]:
    pace: list[list[float]] = []
    for now_s, film_s in steps:
        pace = with_pace(pace, now_s, film_s)
    return pace


def test_speed_is_film_seconds_per_second():
    assert speed(paced((100, 4), (102, 4), (104, 4)), 104) == 2.0


def test_nothing_is_known_from_one_segment():
    assert speed(paced((100, 4)), 100) is None
    assert speed([], 100) is None


def test_a_standstill_makes_it_slower_and_then_unknown():
    pace = paced((100, 4), (102, 4), (104, 4))
    assert speed(pace, 105) == 2.0, "the next segment is not due yet"
    assert speed(pace, 110) == 8 / (4 + 4)
    assert speed(pace, 165) is None


def test_a_pause_begins_a_new_pace():
    assert paced((100, 4), (300, 4)) == [[300, 4]]


def test_a_clock_that_is_set_back_is_no_speed():
    pace = paced((100, 4), (102, 4))
    assert speed(pace, 50) is None
    assert with_pace(pace, 50, 4) == [[50, 4]]


def test_only_the_last_minute_counts():
    pace = paced(*((float(second), 4.0) for second in range(100)))
    assert len(pace) == PACE_KEPT
    assert speed(pace, 99) == 4.0


@pytest.mark.parametrize(
    ("missing_s", "at_speed", "expected"), [(120, 2.0, 60.0), (0, None, 0.0), (120, None, None), (120, 0.0, None)]
)
def test_the_rest_takes_its_length_by_its_speed(missing_s, at_speed, expected):
    assert eta_s(missing_s, at_speed) == expected


@given(st.lists(st.tuples(st.floats(0, 200), st.floats(0.1, 10)), max_size=40), st.floats(0, 300))
def test_a_speed_is_never_negative(steps, now_s):
    found = speed(paced(*steps), now_s)
    assert found is None or found > 0


@pytest.mark.parametrize(
    ("priority", "encode", "light"),
    [
        (Priority.WAITING, 0, 0),
        (Priority.SOON, 10, 10),
        (Priority.PREROLL, 19, 10),
        (Priority.REST, 19, 10),
        (Priority.EXTRA, 19, 10),
    ],
)
def test_programs_are_the_nicer_the_fewer_people_wait(priority, encode, light):
    assert niceness_of(priority, is_light=False) == encode
    assert niceness_of(priority, is_light=True) == light
