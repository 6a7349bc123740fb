"""The ready check on the room socket: the film starts together, once, and only when everybody is known."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.models import Room, RoomEvent
from consumers import hub, pulse
from tests.rooms_party import Viewer, play_to_the_end, sitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process soon knows that nobody is in the room on another one."""
    monkeypatch.setattr(hub, "REPEAT_S", 0.1)
    monkeypatch.setattr(pulse, "REPEAT_S", 0.1)


async def tell(viewer: Viewer, kind: str, **fields: Any) -> dict[str, Any]:
    """Send a frame and wait for its answer."""
    cid = uuid4().hex
    await viewer.send({"t": kind, "cid": cid, **fields})
    return await viewer.until("res", lambda frame: frame["cid"] == cid)


async def test_the_film_starts_when_everybody_is_ready(alice: User, bob: User, room: Room, known: None) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        assert (await tell(one, "rdy.ask"))["ok"]
        asked = await two.until("rdy")
        assert asked == {"t": "rdy", "open": True, "by": str(alice.pk), "ids": [str(alice.pk)]}
        async with sitting(bob, room) as late:
            await late.hello(room)
            assert (await late.until("rdy"))["open"] is True
        assert (await tell(two, "rdy", on=True))["ok"]
        started = await one.until("tl", lambda frame: frame["cause"] == "together", limit_s=8)
        assert started["playing"] is True
        assert 1_500 < started["at_ms"] - room_clock.now_ms() <= 3_000
        assert (await two.until("rdy", lambda frame: not frame["open"]))["ids"] == []
        assert (await tell(two, "rdy.ask"))["err"]["code"] == "playing"
    assert await RoomEvent.objects.filter(room=room, kind="started").acount() == 1


async def test_at_the_end_of_the_film_everybody_may_see_it_again(
    alice: User, bob: User, room: Room, known: None
) -> None:
    await sync_to_async(play_to_the_end)(room)
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        assert (await tell(one, "rdy.ask"))["ok"]
        await two.until("rdy", lambda frame: frame["open"])
        await asyncio.sleep(2 * pulse.PULSE_S)  # a film that is over does not end the question
        assert (await tell(two, "rdy", on=True))["ok"]
        started = await one.until("tl", lambda frame: frame["cause"] == "together", limit_s=8)
        assert (started["playing"], started["position_ms"]) == (True, 0)


async def test_whoever_is_not_ready_after_all_is_waited_for_once(
    alice: User, bob: User, room: Room, known: None
) -> None:
    """An objection right after the start, before the next pulse: the room waits, and does not begin again and again."""
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await tell(one, "rdy.ask")
        await tell(two, "rdy", on=True)
        started = await two.until("tl", lambda frame: frame["cause"] == "together", limit_s=8)
        await two.send({"t": "ready", "bid": str(started["rev"]), "ok": False})
        still = await one.until("tl", lambda frame: frame["wait"] is not None)
        checks = [frame["open"] for frame in one.frames if frame["t"] == "rdy"]
        assert checks[-1] is False, "the check ended with the start"
        assert (await tell(one, "rdy.go"))["ok"], "nobody is skipped by it"
        assert not [frame for frame in await one.hear_for(2.5) if frame["t"] == "tl"]
        await two.send({"t": "ready", "bid": still["wait"]["bid"], "ok": True})
        assert (await one.until("tl", lambda frame: frame["rev"] == still["rev"] + 1))["playing"] is True
    assert await RoomEvent.objects.filter(room=room, kind="started").acount() == 1


async def test_a_start_although_not_everybody_is_ready_ends_the_check(alice: User, bob: User, room: Room) -> None:
    async with sitting(alice, room) as one, sitting(bob, room) as two:
        await one.hello(room)
        await two.hello(room)
        await tell(two, "rdy.ask")
        assert (await one.until("rdy"))["open"] is True
        assert (await tell(one, "rdy.go"))["ok"]
        assert hub.current().desks[room.pk].ready.check.is_open is False
        assert (await two.until("rdy", lambda frame: not frame["open"]))["ids"] == []


async def test_who_knows_only_the_own_people_does_not_start_for_the_others(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sitting(alice, room) as one:
        await one.hello(room)
        await tell(one, "rdy.ask")
        assert not [frame for frame in await one.hear_for(2.5) if frame["t"] == "tl"], "nobody else has been heard of"
        monkeypatch.setattr(hub, "REPEAT_S", 0.1)
        monkeypatch.setattr(pulse, "REPEAT_S", 0.1)
        assert (await one.until("tl"))["cause"] == "together"
