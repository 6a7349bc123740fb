"""The process's one channel: what it owes to whoever stops it."""

import asyncio

import pytest

from consumers import bus
from tests.rooms_party import tidy_up


async def test_a_bus_that_is_stopped_as_redis_answers_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(bus, "publish_now", lambda _group, _frame: answer)
    process = bus.Bus()
    process.start()
    process.send("room.1", {"t": "wake"})
    await asyncio.sleep(0.2)
    answer.set_result(None)
    async with asyncio.timeout(5):
        await process.stop()
    await tidy_up()
