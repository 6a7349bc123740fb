"""Room time of a process: nothing before the first whole comparison with the database, then the database's."""

import time
from collections.abc import Iterator

import pytest

from apps.rooms.adapters import room_clock
from apps.rooms.adapters.room_clock import RoomClock


def test_a_comparison_that_broke_off_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def theirs() -> Iterator[float]:
        for _ in range(4):
            assert not clock.is_usable
            yield time.time() * 1000
        raise ConnectionError("the database went away")

    clock = RoomClock()
    monkeypatch.setattr(room_clock, "database_now_ms", theirs().__next__)
    with pytest.raises(ConnectionError):
        clock.probe()
    assert not clock.is_usable
    monkeypatch.setattr(room_clock, "database_now_ms", lambda: time.time() * 1000)
    clock.probe()
    assert clock.is_usable
    assert abs(clock.now_ms() - time.time() * 1000) < 50
