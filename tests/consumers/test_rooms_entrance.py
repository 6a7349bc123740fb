"""Between hello and welcome: who may come in is not decided yet, and whoever stands there may go."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from apps.accounts.models import User
from apps.rooms import live
from apps.rooms.models import Room
from apps.rooms.selectors import Entrance
from consumers import hub
from consumers.base import TODO_MAX
from tests.rooms_party import sitting, tidy_up

pytestmark = pytest.mark.django_db(transaction=True)

STATUS = {"t": "st", "rev": 1, "e": 0.5, "buf": 0.0, "stall": True, "rate": 1, "level": 0, "rtt": 40, "vis": True}


@pytest.fixture(autouse=True)
async def _tidy() -> AsyncIterator[None]:
    yield
    await tidy_up()


@pytest.fixture(autouse=True, scope="module")
def _collect() -> Iterator[None]:
    yield
    gc.collect()  # connections of threads that ended with their event loop


@dataclass
class Door:
    """What decides who may enter, as slow as the test wants it."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    opens: asyncio.Event = field(default_factory=asyncio.Event)

    def hold(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter = live.enter

        async def slow_enter(**wanted: Any) -> Entrance:
            self.asked.set()
            await self.opens.wait()
            return await enter(**wanted)

        monkeypatch.setattr(live, "enter", slow_enter)


async def test_nobody_hears_a_stranger_who_sends_more_than_a_hello(
    alice: User, charlie: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sitting(alice, room) as one:
        await one.hello(room)
        (door := Door()).hold(monkeypatch)
        async with sitting(charlie, room) as stranger:
            await stranger.send({"t": "hello", "v": 1, "room": str(room.pk)})
            await door.asked.wait()
            for frame in ({"t": "typing"}, STATUS, {"t": "rdy", "cid": "c", "on": True}, {"t": "clk", "n": 1, "c": 1}):
                await stranger.send(frame)
            await stranger.until("clk")
            desk = hub.current().desks[room.pk]
            assert str(charlie.pk) not in str(desk.log.heard)
            door.opens.set()
            assert await stranger.closed() == 4003
        heard = await one.hear_for(1.2)
    assert {frame["t"] for frame in heard} <= {"pres"}
    assert str(charlie.pk) not in str(heard)
    assert not desk.ready.check.words


async def test_whoever_has_gone_is_cleared_away_however_much_is_asked_of_them_still(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing() -> None:
        """Such as the doorkeeper's question, again and again."""

    async with sitting(alice, room) as one:
        await one.hello(room)
        (door := Door()).hold(monkeypatch)
        async with sitting(bob, room) as two:
            await two.send({"t": "hello", "v": 1, "room": str(room.pk)})
            await door.asked.wait()
            desk = hub.current().desks[room.pk]
            socket = next(socket for socket in desk.sockets.values() if socket.uid == str(bob.pk))
            await two.socket.send_input({"type": "websocket.disconnect", "code": 1006})
            await two.socket.wait()
        for _ in range(TODO_MAX + 1):
            socket.later(nothing)
        door.opens.set()
        await one.until("pres", lambda frame: f"{bob.pk}" in str(frame) and "reconnecting" in str(frame))
        assert [other.uid for other in desk.sockets.values()] == [str(alice.pk)]
