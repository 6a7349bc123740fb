"""The clock estimate: good on bad networks, honest about changes."""

import random

from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.domain.clock import KEEP, ClockEstimate, Probe, fit_offset


def probe(own: float, *, offset: float, there: float, back: float) -> Probe:
    received = own + there + offset
    return Probe(sent=own, received=received, transmitted=received, answered=own + there + back)


@given(st.floats(-1e12, 1e12), st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500)), min_size=1, max_size=60))
def test_the_estimate_is_never_farther_off_than_half_the_best_round_trips(
    offset: float, ways: list[tuple[float, float]]
) -> None:
    probes = [probe(n * 80.0, offset=offset, there=there, back=back) for n, (there, back) in enumerate(ways)]
    best = sorted(item.rtt for item in probes)[: max(1, len(probes) // 4)]
    assert abs(fit_offset(probes, 0.0) - offset) <= best[-1] / 2 + 0.01


def test_spikes_on_a_third_of_the_probes_cost_less_than_two_milliseconds() -> None:
    dice = random.Random(4)
    estimate = ClockEstimate()
    for n in range(KEEP):
        there, back = (4 + dice.expovariate(1) + (dice.random() < 0.33) * dice.uniform(10, 80) for _ in range(2))
        estimate.add(probe(n * 80.0, offset=777.0, there=there, back=back))
    assert abs(estimate.offset_at(KEEP * 80.0) - 777.0) < 2


def test_a_database_clock_that_is_set_is_believed_at_once() -> None:
    estimate = ClockEstimate()
    for n in range(10):
        estimate.add(probe(n * 80.0, offset=0.0, there=1, back=1))
    assert estimate.add(probe(900.0, offset=-3_600_000.0, there=1, back=1)) is True
    assert estimate.offset_at(1_000.0) == -3_600_000.0


def test_one_slow_probe_is_no_reason_to_start_over() -> None:
    estimate = ClockEstimate()
    for n in range(20):
        assert estimate.add(probe(n * 80.0, offset=0.0, there=200 if n == 12 else 5, back=5)) is False
    assert abs(estimate.offset_at(2_000.0)) < 0.01


def test_only_the_newest_are_kept() -> None:
    estimate = ClockEstimate(keep=4)
    for n in range(9):
        estimate.add(probe(n * 80.0, offset=float(n), there=5, back=5))
    assert len(estimate.probes) == 4
    assert estimate.offset_at(1_000.0) == 5.0


def test_two_clocks_that_part_are_followed_once_two_minutes_are_known() -> None:
    drift = 50e-6
    estimate = ClockEstimate()
    dice = random.Random(6)
    for n in range(KEEP):
        own = n * 5_000.0
        there, back = 20 + dice.expovariate(0.5), 20 + dice.expovariate(0.5)
        estimate.add(probe(own, offset=drift * own, there=there, back=back))
    later = KEEP * 5_000.0
    assert abs(estimate.offset_at(later) - drift * later) < 2
    assert abs(estimate.offset_at(later + 60_000) - drift * (later + 60_000)) < 4


@given(st.lists(st.floats(-400, 400), min_size=KEEP, max_size=KEEP))
def test_no_network_makes_a_drift_that_no_quartz_has(jumps: list[float]) -> None:
    probes = [probe(n * 5_000.0, offset=jump, there=5, back=5) for n, jump in enumerate(jumps)]
    now, later = fit_offset(probes, 240_000.0), fit_offset(probes, 300_000.0)
    assert abs(later - now) <= 60_000 * 200e-6 + 0.01
