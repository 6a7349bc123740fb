"""When a room waits for somebody, and that it never waits long or often."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.domain.playback import Cause, Command, Op, Timeline, apply_command, position_at
from apps.rooms.domain.waiting import MOST_MS, WAITS_PER_PERSON, Stall, begin_wait, deserves_wait, end_wait

PLAYING = Timeline(
    rev=5, epoch=1, item="film", position_ms=0, rate=1.0, at_ms=0, playing=True, duration_ms=600_000, cause=Cause.PLAY,
)  # fmt: skip
STALL = Stall(stalled_s=1.0, here_s=60.0)
NOW = 30_000.0


def waits(stall: Stall = STALL, timeline: Timeline = PLAYING, present: int = 2, now_ms: float = NOW) -> bool:
    return deserves_wait(stall, timeline, now_ms=now_ms, present=present)


def test_a_stall_in_the_middle_of_the_film_stops_the_room() -> None:
    assert waits()


@pytest.mark.parametrize(
    ("why", "no_wait"),
    [
        ("too short", lambda: waits(replace(STALL, stalled_s=0.5))),
        ("a joiner stops nobody", lambda: waits(replace(STALL, here_s=5.0))),
        ("alone", lambda: waits(present=1)),
        ("paused anyway", lambda: waits(timeline=replace(PLAYING, playing=False))),
        ("just started", lambda: waits(now_ms=2_000)),
        ("too often", lambda: waits(replace(STALL, waited_ago_s=[10.0] * WAITS_PER_PERSON))),
    ],
)
def test_no_wait(why: str, no_wait: object) -> None:
    assert no_wait() is False, why


def test_old_waits_are_forgiven() -> None:
    assert waits(replace(STALL, waited_ago_s=[700.0] * WAITS_PER_PERSON))


@given(st.floats(0, 500_000), st.integers(80, 400), st.floats(0, 20_000))
def test_a_wait_loses_nothing_of_the_film(now_ms: float, lead: int, waited_ms: float) -> None:
    still = begin_wait(PLAYING, bid="b", uid="bob", now_ms=now_ms, lead_ms=lead)
    assert still is not None
    assert (still.playing, still.rev, still.cause, still.by) == (False, 6, Cause.WAIT, None)
    assert still.wait is not None
    assert still.wait.until_ms - now_ms <= MOST_MS + 1
    assert abs(position_at(still, still.at_ms) - position_at(PLAYING, still.at_ms)) <= 0.5
    on = end_wait(still, bid="b", now_ms=now_ms + lead + waited_ms, lead_ms=lead)
    assert on is not None
    assert (on.playing, on.wait, on.position_ms, on.cause) == (True, None, still.position_ms, Cause.RESUME)


def test_a_wait_ends_once_and_only_by_its_own_name() -> None:
    still = begin_wait(PLAYING, bid="b", uid="bob", now_ms=NOW, lead_ms=100)
    assert still is not None
    assert end_wait(still, bid="other", now_ms=NOW, lead_ms=100) is None
    on = end_wait(still, bid="b", now_ms=NOW, lead_ms=100)
    assert on is not None
    assert end_wait(on, bid="b", now_ms=NOW, lead_ms=100) is None
    assert begin_wait(still, bid="c", uid="eve", now_ms=NOW, lead_ms=100) is None


def test_anybody_may_go_on_without_whoever_is_late() -> None:
    still = begin_wait(PLAYING, bid="b", uid="bob", now_ms=NOW, lead_ms=100)
    assert still is not None
    on = apply_command(still, Command(Op.PLAY, still.rev, "alice"), now_ms=NOW + 1_000, lead_ms=100).timeline
    assert (on.playing, on.wait) == (True, None)
