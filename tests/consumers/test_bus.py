"""The process's one channel: what it owes to whoever stops it."""

import asyncio

import pytest
from channels.layers import get_channel_layer

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


async def test_who_joins_while_the_last_one_leaves_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two calls go to Redis on connections of their own: the later one may be there first."""
    process, heard = bus.Bus(), asyncio.Event()

    async def hear(_frame: bus.Frame) -> None:
        heard.set()

    async def is_heard() -> None:
        await bus.publish_now("room.1", {"t": "wake", "from": "another process"})
        async with asyncio.timeout(5):
            await heard.wait()

    await process.join("room.1", hear)
    await asyncio.sleep(0.2)
    await is_heard()
    heard.clear()
    layer = get_channel_layer()
    discard = layer.group_discard

    async def slow_discard(group: str, channel: str) -> None:
        await asyncio.sleep(0.3)
        await discard(group, channel)

    monkeypatch.setattr(layer, "group_discard", slow_discard)
    leaving = asyncio.create_task(process.leave("room.1", hear))
    await asyncio.sleep(0)
    await process.join("room.1", hear)
    await leaving
    await is_heard()
    await process.stop()
    await tidy_up()
