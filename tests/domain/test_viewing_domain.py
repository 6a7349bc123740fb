"""Which progress reports count, and what is worth listing."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.viewing.domain import SESSION_SILENCE, SESSIONS_KEPT, Sessions, is_watched, is_worth_continuing

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("position_s", "duration_s", "listed"),
    [
        (0, 6000, False),
        (59, 6000, False),
        (61, 6000, True),
        (119, 6000, True),
        (3, 120, True),
        (2, 120, False),
        (100, 120, True),
        (111, 120, False),
        (5519, 6000, True),
        (5520, 6000, False),
        (6000, 6000, False),
    ],
)
def test_glances_and_credits_are_not_listed(position_s: float, duration_s: float, listed: bool) -> None:
    assert is_worth_continuing(position_s, duration_s) is listed


def test_a_film_is_watched_from_92_percent() -> None:
    assert is_watched(92, 100)
    assert not is_watched(91.9, 100)
    assert not is_watched(0, 0)


def test_the_newest_session_wins_while_it_is_alive() -> None:
    phone = Sessions().accept("tv", NOW)
    assert phone
    phone = phone.accept("phone", NOW + timedelta(seconds=5))
    assert phone
    assert phone.accept("tv", NOW + timedelta(seconds=10)) is None
    assert phone.accept("phone", NOW + timedelta(seconds=15))


def test_an_older_session_continues_when_the_newer_one_fell_silent() -> None:
    both = Sessions(ids=("tv", "phone"), reported_at=NOW)
    resumed = both.accept("tv", NOW + SESSION_SILENCE)
    assert resumed
    assert resumed.ids == ("phone", "tv")


def test_only_a_few_sessions_are_remembered() -> None:
    sessions = Sessions()
    for number in range(50):
        sessions = sessions.accept(f"s{number}", NOW)
        assert sessions
    assert len(sessions.ids) == SESSIONS_KEPT
