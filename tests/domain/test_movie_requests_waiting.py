"""Back-off of empty searches, and the quota's window."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.movie_requests.domain.waiting import BACK_OFF, QUOTA_WINDOW, next_try, quota_frees_in

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


def test_empty_searches_wait_longer_and_longer_up_to_a_day() -> None:
    waits = [next_try(tries=tries, now=NOW) - NOW for tries in range(1, 9)]
    assert waits == [*BACK_OFF, timedelta(days=1), timedelta(days=1)]


def test_a_quota_with_room_does_not_wait() -> None:
    assert quota_frees_in(made_at=[NOW, NOW], allowed=3, now=NOW) is None


def test_a_full_quota_frees_when_the_oldest_counted_request_leaves_the_window() -> None:
    made = [NOW - timedelta(days=6), NOW - timedelta(days=1), NOW]
    assert quota_frees_in(made_at=made, allowed=3, now=NOW) == timedelta(days=1)


def test_a_plan_lowered_below_what_was_used_waits_for_enough_of_them() -> None:
    made = [NOW - timedelta(days=days) for days in (6, 5, 4, 3)]
    assert quota_frees_in(made_at=made, allowed=2, now=NOW) == timedelta(days=3)


def test_no_requests_allowed_means_waiting_the_whole_window() -> None:
    assert quota_frees_in(made_at=[], allowed=0, now=NOW) == QUOTA_WINDOW


@given(st.lists(st.integers(0, 20 * 24 * 60), max_size=12), st.integers(0, 5))
def test_after_the_wait_there_is_room(minutes_ago: list[int], allowed: int) -> None:
    made = [NOW - timedelta(minutes=minutes) for minutes in minutes_ago]
    wait = quota_frees_in(made_at=made, allowed=allowed, now=NOW)
    if wait is not None and allowed:
        assert timedelta(0) < wait <= QUOTA_WINDOW
        assert quota_frees_in(made_at=made, allowed=allowed, now=NOW + wait) is None
