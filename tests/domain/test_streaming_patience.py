"""How long ffmpeg may stand still: long enough for a slow machine, short enough that three hangs end soon."""

import pytest

from apps.streaming.domain.patience import STALL_MAX_S, STALL_MIN_S, encode_step_s, stall_limit_s
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
