"""A room at the edge of what has arrived: it stops once, says for how long, and does not flicker."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.domain.arrival import GIVE_UP_MS, Arrival, mind_source, refusal
from apps.rooms.domain.playback import Cause, Timeline, Why, position_at

PLAYING = Timeline(
    rev=5, epoch=1, item="film", position_ms=60_000, rate=1.0, at_ms=0, playing=True, duration_ms=600_000,
    cause=Cause.PLAY,
)  # fmt: skip


def mind(timeline: Timeline, arrival: Arrival | None, now_ms: float) -> Timeline | None:
    return mind_source(timeline, arrival, bid="s", now_ms=now_ms, lead_ms=100)


def stopped(arrival: Arrival) -> Timeline:
    still = mind(PLAYING, arrival, 10_000)
    assert still is not None
    return still


@pytest.mark.parametrize(
    ("until_s", "is_stopped"), [(None, False), (75.0, False), (74.9, True), (70.0, True), (10.0, True)]
)
def test_the_room_stops_five_seconds_before_the_edge(until_s: float | None, is_stopped: bool) -> None:
    still = mind(PLAYING, until_s and Arrival(until_s), 10_000)
    assert (still is not None) is is_stopped


def test_it_says_what_it_waits_for_and_until_when() -> None:
    still = stopped(Arrival(74.0, speed=2.0))
    assert still.wait is not None
    assert (still.playing, still.cause, still.wait.why, still.wait.waiting_for) == (False, Cause.WAIT, Why.SOURCE, ())
    assert still.wait.eta_ms == 10_000 + 5_500, "15 s ahead of 70 s, 11 s of them to come at twice the speed"
    unknown = stopped(Arrival(74.0))
    assert unknown.wait is not None
    assert unknown.wait.eta_ms is None


def test_it_goes_on_by_itself_when_ten_seconds_more_are_there() -> None:
    still = stopped(Arrival(74.0))
    assert mind(still, Arrival(80.0), 12_000) is None
    on = mind(still, Arrival(85.2), 14_000)
    assert on is not None
    assert (on.playing, on.wait, on.cause, on.at_ms) == (True, None, Cause.RESUME, 14_100)
    whole = mind(still, None, 14_000)
    assert whole is not None
    assert whole.playing


def test_a_forecast_that_moves_is_told_again_and_a_small_change_is_not() -> None:
    still = stopped(Arrival(74.0, speed=2.0))
    assert mind(still, Arrival(74.0, speed=2.0), 11_000) is None
    later = mind(still, Arrival(74.0, speed=0.5), 12_000)
    assert later is not None
    assert later.wait is not None
    assert later.wait.eta_ms == 12_000 + round((position_at(still, 12_000) / 1000 + 15 - 74) / 0.5 * 1000)
    gone = mind(later, Arrival(74.0), 14_000)
    assert gone is not None
    assert gone.wait is not None
    assert gone.wait.eta_ms is None


def test_a_download_that_stands_still_for_ten_minutes_leaves_the_room_paused() -> None:
    over = mind(stopped(Arrival(74.0)), Arrival(74.0), 10_000 + GIVE_UP_MS)
    assert over is not None
    assert (over.playing, over.wait, over.cause) == (False, None, Cause.PAUSE)


def test_a_paused_room_is_left_alone() -> None:
    assert mind(replace(PLAYING, playing=False), Arrival(61.0), 10_000) is None


@given(st.floats(0.2, 0.9), st.integers(1, 5))
def test_a_film_that_arrives_too_slowly_is_paused_rarely_and_never_runs_dry(speed: float, look_s: int) -> None:
    timeline, pauses = replace(PLAYING, position_ms=0), 0
    for second in range(0, 400, look_s):
        now_ms, until_s = second * 1000.0, 40 + second * speed
        assert position_at(timeline, now_ms) / 1000 <= until_s, "nobody reaches the edge"
        after = mind(timeline, Arrival(until_s, speed), now_ms)
        if after is not None:
            pauses += timeline.playing and not after.playing
            timeline = after
    assert pauses <= 400 / 10 * (1 - speed) + 1, "ten seconds of film for each of them"


@pytest.mark.parametrize(
    ("arrival", "words"),
    [
        (None, ""),
        (Arrival(100.1), ""),
        (Arrival(90.0), "The film has not arrived there yet."),
        (Arrival(90.0, 5.0), "The film has not arrived there yet. Try again in 5 s."),
        (Arrival(90.0, 0.1), "The film has not arrived there yet. Try again in 5 minutes."),
    ],
)
def test_a_seek_beyond_the_edge_is_refused_with_a_forecast(arrival: Arrival | None, words: str) -> None:
    assert refusal(arrival, 100.0) == words
