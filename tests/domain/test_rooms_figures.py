"""How well a room stays together: what counts, what is merged, and that it is bounded."""

from typing import Any

import pytest

from apps.rooms.domain.figures import SAMPLES_KEPT, Drift, RoomFigures, drift_of, merge, per_hour
from consumers.protocol.room_client import Status
from consumers.telemetry import MINUTES_KEPT, RoomLog


def status(e: float | None = 0.01, **more: Any) -> Status:
    said = {"rev": 1, "buf": 9.0, "stall": False, "rate": 1.0, "level": 480, "rtt": 20.0, "vis": True} | more
    return Status(e=e, **said)


def figures(log: RoomLog, now_s: float = 0) -> RoomFigures:
    return log.figures(now_s, people=1, talkers=0)


def test_percentiles_are_samples_that_were_seen() -> None:
    assert drift_of(list(range(1, 101))) == Drift(50, 95, 99, 100)
    assert drift_of([7]) == Drift(7, 7, 7, 1)
    assert drift_of([]) is None


def test_two_processes_have_the_figures_that_one_would_have() -> None:
    one = RoomFigures(people=2, talkers=1, drifts_ms=[1, 100], watched_s=1800, stalls=1, seeks=0)
    two = RoomFigures(people=1, talkers=0, drifts_ms=[50], watched_s=1800, stalls=0, seeks=2)
    both = merge([one, two])
    assert (both.people, both.talkers, sorted(both.drifts_ms)) == (3, 1, [1, 50, 100])
    assert (per_hour(both.stalls, both.watched_s), per_hour(both.seeks, both.watched_s)) == (1.0, 2.0)
    assert merge([]) == RoomFigures(drifts_ms=[])


def test_a_rate_says_nothing_before_a_minute() -> None:
    assert per_hour(3, 59) is None


def test_only_members_who_watch_count() -> None:
    log = RoomLog()
    log.note("a", status(-0.02), 0, is_playing=True)
    log.note("a", status(0.5), 5, is_playing=False)
    log.note("a", status(0.5, vis=False), 10, is_playing=True)
    log.note("a", status(0.5, stall=True), 15, is_playing=True)
    log.note("a", status(None), 20, is_playing=True)
    assert list(figures(log).drifts_ms) == [20]


def test_time_stalls_and_corrections_are_those_of_watching_members() -> None:
    log = RoomLog()
    log.note("a", status(seeks=3), 0, is_playing=True)
    log.note("a", status(seeks=4), 5, is_playing=True)
    log.note("a", status(seeks=4, stall=True), 6, is_playing=True)
    log.note("a", status(seeks=4, stall=True), 8, is_playing=True)
    log.note("a", status(seeks=1), 300, is_playing=True)  # a new page, after a long silence
    found = figures(log, 300)
    assert (found.watched_s, found.stalls, found.seeks) == (18, 1, 1)


def test_what_is_older_than_an_hour_is_forgotten_and_nothing_grows_without_end() -> None:
    log = RoomLog()
    for number in range(5_000):
        log.note("a", status(), number * 5.0, is_playing=True)
    assert len(log.drifts_ms) == SAMPLES_KEPT
    assert len(log.minutes) == MINUTES_KEPT
    assert figures(log, 25_000).watched_s == pytest.approx(3600, abs=60)
    assert figures(log, 40_000).watched_s == 0
    log.forget("a")
    assert log.heard == {}
