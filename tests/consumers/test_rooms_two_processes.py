"""One room over two real web processes: Redis and each process are killed while people watch."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import websockets

from apps.accounts.models import User
from apps.rooms.models import Room
from tests.accounts_cast import person
from tests.rooms_party import room_of, ticket_for, tidy_up
from tests.rooms_servers import Server, redis_server, running, web_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@dataclass
class Party:
    room: Room
    alice: User
    bob: User
    redis: Server
    one: Server
    two: Server


@pytest.fixture
def party(transactional_db: None) -> Iterator[Party]:
    alice, bob = person("alice"), person("bob")
    room = room_of(alice, bob)
    redis = redis_server()
    one, two = web_server(redis), web_server(redis)
    with running(redis, one, two):
        yield Party(room, alice, bob, redis, one, two)


@dataclass
class Seat:
    """One viewer's connection. ``next`` gives each fitting frame once."""

    socket: Any
    welcome: dict[str, Any] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def next(self, fits: Callable[[dict[str, Any]], bool], *, limit_s: float) -> dict[str, Any]:
        async with asyncio.timeout(limit_s):
            while True:
                for frame in self.heard:
                    if fits(frame):
                        self.heard.remove(frame)
                        return frame
                self.heard.append(json.loads(await self.socket.recv()))

    async def cmd(self, op: str, base: int, **more: Any) -> dict[str, Any]:
        cid = uuid4().hex
        await self.send(t="cmd", cid=cid, base=base, op=op, **more)
        return await self.next(lambda frame: frame["t"] == "res" and frame["cid"] == cid, limit_s=10)

    async def sees(self, rev: int, *, limit_s: float) -> dict[str, Any]:
        return await self.next(lambda frame: frame["t"] == "tl" and frame["rev"] == rev, limit_s=limit_s)


@asynccontextmanager
async def seated(user: User, room: Room, web: Server, **hello: Any) -> AsyncIterator[Seat]:
    ticket = await ticket_for(user, room=room)
    async with websockets.connect(
        f"ws://localhost:{web.port}/ws/rooms/{room.pk}",
        subprotocols=["matinee.v1", f"ticket.{ticket}"],
        origin=f"http://localhost:{web.port}",
        max_size=4_000_000,
        proxy=None,
    ) as socket:
        seat = Seat(socket)
        await seat.send(t="hello", v=1, room=str(room.pk), **hello)
        seat.welcome = await seat.next(lambda frame: frame["t"] == "welcome", limit_s=20)
        yield seat
    with suppress(websockets.ConnectionClosed):
        await socket.close()


@pytest.fixture(autouse=True)
async def _tidy() -> AsyncIterator[None]:
    yield
    await tidy_up()


async def test_two_processes_show_one_room_with_and_without_redis(party: Party) -> None:
    async with seated(party.alice, party.room, party.one) as alice, seated(party.bob, party.room, party.two) as bob:
        rev = alice.welcome["tl"]["rev"]
        started = time.monotonic()
        await alice.cmd("play", rev)
        await bob.sees(rev + 1, limit_s=5)
        assert time.monotonic() - started < 2
        await bob.send(t="chat", cid="c1", text="with Redis", mt=1)
        await alice.next(lambda frame: frame["t"] == "ev" and frame.get("text") == "with Redis", limit_s=5)
        both = {str(party.alice.pk), str(party.bob.pk)}
        seen: set[str] = set()
        while seen != both:
            presence = await alice.next(lambda frame: frame["t"] == "pres", limit_s=10)
            seen |= {member["id"] for member in presence["m"]}

        party.redis.kill()
        assert (await bob.cmd("seek", rev + 1, position=100))["ok"] is True
        await bob.sees(rev + 2, limit_s=2)
        assert (await alice.sees(rev + 2, limit_s=10))["position_ms"] == 100_000
        await alice.send(t="chat", cid="c2", text="without Redis", mt=1)
        await bob.next(lambda frame: frame["t"] == "ev" and frame.get("text") == "without Redis", limit_s=10)
        async with seated(party.bob, party.room, party.two, sid="second") as late:
            assert late.welcome["tl"]["position_ms"] == 100_000

        party.redis.start()
        await asyncio.sleep(20)
        started = time.monotonic()
        await alice.cmd("pause", rev + 2)
        await bob.sees(rev + 3, limit_s=5)
        assert time.monotonic() - started < 1.5, "the quick way is back, not the audit"


async def test_a_frozen_redis_holds_nobody(party: Party) -> None:
    async with seated(party.alice, party.room, party.one) as alice, seated(party.bob, party.room, party.two) as bob:
        rev = alice.welcome["tl"]["rev"]
        party.redis.send(signal.SIGSTOP)
        started = time.monotonic()
        assert (await alice.cmd("play", rev))["ok"] is True
        assert time.monotonic() - started < 2
        await bob.sees(rev + 1, limit_s=10)
        await alice.send(t="clk", n=1, c=1)
        await alice.next(lambda frame: frame["t"] == "clk", limit_s=2)
        party.redis.send(signal.SIGCONT)


async def test_who_loses_a_killed_process_comes_back_to_everything(party: Party) -> None:
    async with seated(party.bob, party.room, party.two) as bob:
        async with seated(party.alice, party.room, party.one, sid="tab") as alice:
            welcome = alice.welcome
            rev = welcome["tl"]["rev"]
            await alice.cmd("play", rev)
            party.one.kill()
            with pytest.raises(websockets.ConnectionClosed):
                await alice.next(lambda frame: frame["t"] == "never", limit_s=10)
        await bob.sees(rev + 1, limit_s=10)
        await bob.send(t="chat", cid="c1", text="where are you?", mt=1)
        await bob.cmd("seek", rev + 1, position=42)
        last = {"epoch": welcome["tl"]["epoch"], "rev": rev, "seq": welcome["seq"]}
        async with seated(party.alice, party.room, party.two, sid="tab", last=last) as alice:
            assert alice.welcome["resumed"] is True
            assert [event["k"] for event in alice.welcome["events"]] == ["played", "chat", "seeked"]
            assert (alice.welcome["tl"]["position_ms"], alice.welcome["tl"]["playing"]) == (42_000, True)
            await bob.cmd("pause", rev + 2)
            await alice.sees(rev + 3, limit_s=5)


async def test_a_large_frame_closes_its_socket_and_sigterm_says_goodbye_first(party: Party) -> None:
    for size in (20_000, 1_000_000):
        async with seated(party.alice, party.room, party.one) as alice:
            await alice.send(t="chat", cid="c", text="x" * size, mt=0)
            assert await close_code(alice) == 4029
    async with seated(party.alice, party.room, party.one) as alice:
        party.one.send(signal.SIGTERM)
        bye = await alice.next(lambda frame: frame["t"] == "bye", limit_s=10)
        assert (bye["code"], bye["retry_ms"] >= 0) == (4010, True)
        assert await close_code(alice) == 1012


async def close_code(seat: Seat) -> int:
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await seat.next(lambda frame: frame["t"] == "never", limit_s=10)
    return closed.value.rcvd.code
