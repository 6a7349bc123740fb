"""How long ffmpeg may stand still: long enough for a slow machine, short enough that three hangs end soon."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streaming.domain.patience import (
    KEPT_FACTOR,
    STALL_MAX_S,
    STALL_MIN_S,
    Patience,
    Vitals,
    encode_step_s,
    stall_limit_s,
)
from apps.streaming.domain.priorities import cost_cores

LADDER = {1080: 1920 * 1080, 720: 1280 * 720, 480: 854 * 480}
UHD = 3840 * 2160


def estimated_limit_s(*rungs: int, source: int, cores: int, fps: float = 25) -> float:
    cost = cost_cores(pixels=sum(LADDER[rung] for rung in rungs), source_pixels=source, fps=fps)
    return stall_limit_s(encode_step_s([], segment_s=4, cost=cost, cores=cores))


@pytest.mark.parametrize("rungs", [(480,), (720, 480), (1080, 720, 480)])
def test_three_hangs_of_any_ladder_end_within_two_minutes_where_nothing_says_that_the_machine_is_slow(rungs):
    assert 3 * estimated_limit_s(*rungs, source=LADDER[1080], cores=2) <= 120


def test_a_heavy_source_on_few_cores_is_given_more_time_within_the_bound():
    light = estimated_limit_s(480, source=LADDER[720], cores=8)
    heavy = estimated_limit_s(1080, 720, 480, source=UHD, cores=1)
    assert (light, heavy) == (STALL_MIN_S, STALL_MAX_S)


def test_what_was_measured_counts_before_the_estimate():
    fast, slow = ([[n * step, 4.0] for n in range(8)] for step in (0.5, 5.0))
    assert encode_step_s([fast], segment_s=4, cost=9, cores=1) == 0.5
    assert encode_step_s([fast, slow, []], segment_s=4, cost=0.1, cores=8) == 5.0
    assert encode_step_s([[[7.0, 4.0]]], segment_s=4, cost=1, cores=2) == 2.0, "one segment says nothing"


def test_a_pause_between_two_units_is_not_taken_for_slowness():
    pace = [[0, 4.0], [1, 4.0], [2, 4.0], [57, 4.0], [58, 4.0], [59, 4.0]]
    assert encode_step_s([pace], segment_s=4, cost=1, cores=1) == 1


TICK_S = 0.2


def ends_after(limit_s: float, at: Callable[[float], Vitals | None], *, most_s: float = 2000) -> float:
    """When patience with a program that never says anything is over; ``at`` are its vitals at a time."""
    patience, now = Patience(limit_s, alive_at=0.0), 0.0
    while not patience.is_over(now, at(now)):
        now += TICK_S
        assert now < most_s
    return now


@pytest.mark.parametrize(
    ("vitals", "limits"),
    [
        pytest.param(lambda now: Vitals(0.0, 0, is_held=False), 1, id="sleeps"),
        pytest.param(lambda now: None, 1, id="nothing is known of it"),
        pytest.param(lambda now: Vitals(now, 0, is_held=True), 1, id="spins"),
        pytest.param(lambda now: Vitals(now, int(now * 1e8), is_held=True), 1, id="spins and reads"),
        pytest.param(lambda now: Vitals(0.03 * now, 0, is_held=True), KEPT_FACTOR, id="others have the cores"),
        pytest.param(lambda now: Vitals(0.0, 0, is_held=True), KEPT_FACTOR, id="its disk does not answer"),
        pytest.param(lambda now: Vitals(0.03 * now, int(now * 1e6), is_held=False), KEPT_FACTOR, id="reads slowly"),
    ],
)
def test_only_the_time_in_which_it_could_have_worked_counts_and_all_of_it_ends(vitals, limits):
    assert ends_after(30, vitals) == pytest.approx(30 * limits, abs=3 * TICK_S)


def test_a_sign_of_life_begins_anew():
    patience = Patience(30, alive_at=0.0)
    asleep = Vitals(1.0, 0, is_held=False)
    assert not any(patience.is_over(now, asleep) for now in range(30))
    patience.note_life(29.5)
    assert not any(patience.is_over(now, asleep) for now in range(30, 60))
    assert patience.is_over(60, asleep)


@given(
    st.lists(st.tuples(st.floats(0.01, 5), st.floats(0, 10), st.integers(0, 10**6), st.booleans()), max_size=80),
    st.floats(1, 60),
)
def test_it_ends_between_its_limit_and_the_end_of_all_patience(steps, limit_s):
    patience, now, cpu_s, read = Patience(limit_s, alive_at=0.0), 0.0, 0.0, 0
    for passed_s, worked_s, more, is_held in steps:
        now, cpu_s, read = now + passed_s, cpu_s + worked_s, read + more
        is_over = patience.is_over(now, Vitals(cpu_s, read, is_held))
        assert not (is_over and now <= limit_s)
        assert is_over or now <= KEPT_FACTOR * limit_s
