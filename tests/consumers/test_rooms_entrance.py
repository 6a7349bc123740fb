"""Between hello and welcome: who may come in is not decided yet, and whoever stands there may go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.rooms import live
from apps.rooms.models import Room
from apps.rooms.selectors import Entrance
from consumers import auth, hub
from consumers.base import TODO_MAX
from tests.product import wait_for
from tests.rooms_party import sitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]

STATUS = {"t": "st", "rev": 1, "e": 0.5, "buf": 0.0, "stall": True, "rate": 1, "level": 0, "rtt": 40, "vis": True}


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


@asynccontextmanager
async def full_doorway() -> AsyncIterator[None]:
    """Others are coming in; who comes now waits until the block ends, and has passed then."""
    doorway = hub.current().doorway
    for _ in range(hub.ENTERING_AT_ONCE):
        await doorway.acquire()
    yield
    for _ in range(hub.ENTERING_AT_ONCE):
        doorway.release()
    async with doorway:
        pass


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


async def test_whose_ticket_has_not_been_looked_at_when_they_go_is_not_let_in(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(auth, "person_of", lambda *_given, **_more: asked.append(1))
    async with full_doorway(), sitting(alice, room) as one:
        await one.send({"t": "hello", "v": 1, "room": str(room.pk)})
    await one.hear_for(0.2)
    assert not asked
    assert room.pk not in hub.current().desks


async def test_who_goes_from_the_doorway_was_never_there(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        desk = hub.current().desks[room.pk]
        (door := Door()).hold(monkeypatch)
        async with full_doorway():
            await two.send({"t": "hello", "v": 1, "room": str(room.pk)})
            await sync_to_async(wait_for)("bob at the door", lambda: len(desk.sockets) == 2, limit_s=5)
            await two.socket.send_input({"type": "websocket.disconnect", "code": 1006})
            await two.socket.wait()
        heard = await one.hear_for(1.2)
        assert [other.uid for other in desk.sockets.values()] == [str(alice.pk)]
    assert not door.asked.is_set()
    assert str(bob.pk) not in str(heard)
