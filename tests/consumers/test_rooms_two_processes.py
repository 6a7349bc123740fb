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
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.rooms.models import FilmReaction, Room
from tests.accounts_cast import person
from tests.rooms_party import ready_film, room_of, ticket_for, tidy_up
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


async def test_two_processes_show_one_queue_and_one_ready_check(party: Party) -> None:
    lights = await sync_to_async(ready_film)("Lights")
    async with seated(party.alice, party.room, party.one) as alice, seated(party.bob, party.room, party.two) as bob:
        rev = alice.welcome["tl"]["rev"]
        await alice.send(t="q.add", cid="a", title=str(lights))
        queue = await bob.next(lambda frame: frame["t"] == "q" and len(frame["items"]) == 1, limit_s=5)
        await alice.send(t="rdy.ask", cid="r")
        await bob.next(lambda frame: frame["t"] == "rdy" and frame["open"], limit_s=5)
        await bob.send(t="rdy", cid="s", on=True)
        for seat in (alice, bob):
            started = await seat.sees(rev + 1, limit_s=20)  # they count once each has heard the other for a while
            assert (started["cause"], started["playing"]) == ("together", True)

        party.redis.kill()
        await bob.send(t="q.vote", cid="v", qid=queue["items"][0]["qid"], on=True)
        seen = await alice.next(lambda frame: frame["t"] == "q" and frame["items"][0]["votes"] == 1, limit_s=10)
        assert seen["items"][0]["mine"] is False
        await alice.send(t="q.skip", cid="n", base=rev + 1)
        await bob.send(t="q.skip", cid="n", base=rev + 1)
        for seat in (alice, bob):
            assert (await seat.sees(rev + 2, limit_s=10))["item"] == str(lights)
            await seat.next(lambda frame: frame["t"] == "q" and not frame["items"], limit_s=10)


async def test_reactions_of_two_processes_are_counted_once_and_outlive_both(party: Party) -> None:
    async def reacts(seat: Seat, count: int) -> None:
        got = 0
        while got < count:
            frame = await seat.next(lambda frame: frame["t"] == "reacts", limit_s=10)
            got += sum(burst["n"] for burst in frame["m"])
        assert got == count

    async with seated(party.alice, party.room, party.one) as alice, seated(party.bob, party.room, party.two) as bob:
        for seat in (alice, bob, bob):
            await seat.send(t="react", e="wow", mt=7)
        await asyncio.gather(reacts(alice, 3), reacts(bob, 3))
        party.redis.kill()
        await bob.send(t="react", e="wow", mt=7)
        await reacts(bob, 1)
        party.one.kill()
        party.two.kill()
    kept = await FilmReaction.objects.aget(room=party.room)
    assert (kept.second, kept.count) == (7, 4)


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


async def test_rules_rights_and_votes_agree_on_both_processes(party: Party) -> None:
    async with seated(party.alice, party.room, party.one) as alice, seated(party.bob, party.room, party.two) as bob:
        rev = alice.welcome["tl"]["rev"]
        await alice.send(t="rule", cid="r1", preset="cinema")
        assert (await bob.next(lambda frame: frame["t"] == "rules", limit_s=5))["preset"] == "cinema"
        assert "chat" not in (await bob.next(lambda frame: frame["t"] == "you", limit_s=5))["can"]
        await alice.send(t="rule", cid="r2", preset="democracy")
        await bob.next(lambda frame: frame["t"] == "rules" and frame["preset"] == "democracy", limit_s=5)
        both = {str(party.alice.pk), str(party.bob.pk)}
        seen: set[str] = set()
        while seen != both:
            presence = await bob.next(lambda frame: frame["t"] == "pres", limit_s=10)
            seen |= {member["id"] for member in presence["m"]}
        assert (await bob.cmd("play", rev))["proposed"] is True
        shown = (await alice.next(lambda frame: frame["t"] == "wishes" and frame["open"], limit_s=5))["open"][0]
        await alice.send(t="vote", cid="v", vote=shown["id"], ok=True)
        for seat in (alice, bob):
            assert (await seat.sees(rev + 1, limit_s=20))["by"] == str(party.bob.pk)
            await seat.next(lambda frame: frame["t"] == "wishes" and not frame["open"], limit_s=5)

        party.redis.kill()
        await alice.send(t="role", cid="c1", uid=str(party.bob.pk), role="cohost")
        await bob.next(lambda frame: frame["t"] == "you" and frame["role"] == "cohost", limit_s=10)


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


async def test_two_people_on_two_processes_find_each_other_for_voice_until_one_is_killed(party: Party) -> None:
    alice_at, bob_at = f"{party.alice.pk}:desk", f"{party.bob.pk}:tab"
    async with seated(party.alice, party.room, party.one, sid="desk") as alice:
        async with seated(party.bob, party.room, party.two, sid="tab") as bob:
            await alice.send(t="voice", on=True)
            await bob.next(lambda frame: frame["t"] == "voice" and len(frame["who"]) == 1, limit_s=5)
            await bob.send(t="voice", on=True, talk=True)
            both = await alice.next(lambda frame: frame["t"] == "voice" and len(frame["who"]) == 2, limit_s=5)
            assert [talker["sid"] for talker in both["who"]] == [alice_at, bob_at]
            await alice.send(t="rtc", to=bob_at, sdp={"type": "offer", "sdp": "v=0"})
            offer = await bob.next(lambda frame: frame["t"] == "rtc", limit_s=5)
            assert offer == {"t": "rtc", "from": alice_at, "sdp": {"type": "offer", "sdp": "v=0"}}
            await bob.send(t="rtc", to=alice_at, sdp={"type": "answer", "sdp": "v=0"})
            assert (await alice.next(lambda frame: frame["t"] == "rtc", limit_s=5))["from"] == bob_at
            party.two.kill()
        async with seated(party.bob, party.room, party.one, sid="tab") as bob:
            await bob.send(t="voice", on=True)
            back = await alice.next(
                lambda frame: frame["t"] == "voice" and frame["who"][-1] == {**both["who"][-1], "talking": False},
                limit_s=5,
            )
            assert [(talker["sid"], talker["talking"]) for talker in back["who"]] == [
                (alice_at, False),
                (bob_at, False),
            ]


async def test_who_stops_answering_is_waited_for_once_by_two_processes_and_not_for_long(party: Party) -> None:
    """Bob's browser hangs: its socket stays open, its last word was that the film stands still."""
    stalled = {"e": 0.0, "buf": 0, "stall": True, "rate": 1, "level": 0, "rtt": 40, "vis": True}
    async with seated(party.alice, party.room, party.one) as alice, seated(party.bob, party.room, party.two) as bob:
        rev = alice.welcome["tl"]["rev"]
        await alice.cmd("play", rev)
        await asyncio.sleep(20.5)  # whoever is here for less stops nobody
        await bob.send(t="st", rev=rev + 1, **stalled)
        for at in (alice, bob):
            still = await at.sees(rev + 2, limit_s=5)
            assert (still["wait"]["why"], still["wait"]["for"]) == ("stall", [str(party.bob.pk)])
        on = await alice.sees(rev + 3, limit_s=10)
        assert (on["playing"], on["position_ms"]) == (True, still["position_ms"])
        assert on["at_ms"] - still["at_ms"] <= 8_000

        again = await alice.sees(rev + 4, limit_s=8)
        assert again["wait"]["for"] == [str(party.bob.pk)]
        await asyncio.sleep(1.0)
        skipped_at = time.monotonic()
        await alice.cmd("play", rev + 4)
        assert (await bob.sees(rev + 5, limit_s=2))["playing"] is True
        assert time.monotonic() - skipped_at < 1.0

        await alice.cmd("seek", rev + 5, position=200)
        await bob.send(t="ready", bid=str(rev + 6), ok=False)
        await alice.send(t="ready", bid=str(rev + 6), ok=False)
        held = await bob.sees(rev + 7, limit_s=2)
        assert (held["wait"]["why"], held["wait"]["for"]) == ("seek", [str(party.alice.pk)]), "bob was skipped just now"
        await alice.send(t="ready", bid=held["wait"]["bid"], ok=True)
        assert (await bob.sees(rev + 8, limit_s=2))["position_ms"] == held["position_ms"]
        revisions = [frame["rev"] for frame in alice.heard if frame["t"] == "tl" and frame["rev"] > rev + 8]
        assert revisions == [], "each was decided once"
