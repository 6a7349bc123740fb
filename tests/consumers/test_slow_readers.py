"""Members and pages that stop reading, against a real web process: it lets go of them, and others notice nothing."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import websockets
from django.conf import settings

from apps.accounts.models import User
from apps.common.events import publish_now, user_group
from apps.rooms.models import Room
from tests.accounts_cast import person
from tests.rooms_party import room_of, ticket_for, tidy_up
from tests.rooms_servers import Server, redis_server, running, web_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

LINE = "\N{GRINNING FACE}" * 500  # the longest there is: 2,000 bytes
MANY = 5  # sockets of one person


@dataclass
class Party:
    room: Room
    alice: User
    bob: User
    carol: User
    web: Server


@pytest.fixture
def party(transactional_db: None) -> Iterator[Party]:
    alice, bob, carol = person("alice"), person("bob"), person("carol")
    room = room_of(alice, bob, carol)
    redis = redis_server()
    web = web_server(redis)
    web.env["REDIS_URL"] = settings.REDIS_URL  # pushes come from this process
    with running(web):
        yield Party(room, alice, bob, carol, web)


@pytest.fixture(autouse=True)
async def _tidy() -> AsyncIterator[None]:
    yield
    await tidy_up()


@asynccontextmanager
async def connected(user: User, web: Server, room: Room | None = None, sid: str = "tab") -> AsyncIterator[Any]:
    """With the smallest receive buffer there is, so that a reader who stops is soon behind."""
    ticket = await ticket_for(user, room=room)
    quiet = socket.socket()
    quiet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    quiet.connect(("127.0.0.1", web.port))
    async with websockets.connect(
        f"ws://localhost:{web.port}/ws/" + (f"rooms/{room.pk}" if room else "updates"),
        subprotocols=["matinee.v1", f"ticket.{ticket}"],
        origin=f"http://localhost:{web.port}",
        sock=quiet,
        proxy=None,
    ) as found:
        if room:
            await found.send(json.dumps({"t": "hello", "v": 1, "room": str(room.pk), "sid": sid}))
        async with asyncio.timeout(20):
            await found.recv()
        yield found


async def chatter(speaker: Any, name: str, until: asyncio.Event) -> None:
    """As much as one socket may say."""
    number = 0
    while not until.is_set():
        await speaker.send(json.dumps({"t": "chat", "cid": f"{name}-{number}", "text": LINE, "mt": 0}))
        number += 1
        await asyncio.sleep(0 if number < 4 else 1.05)


@dataclass
class Ear:
    """Hears everything, and when ``whom`` went away."""

    whom: str = ""
    events: list[tuple[float, int]] = field(default_factory=list)
    went: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, connection: Any) -> None:
        async for text in connection:
            frame = json.loads(text)
            if frame["t"] == "ev":
                self.events.append((time.monotonic(), frame["seq"]))
            if frame["t"] == "pres" and any(m["id"] == self.whom and m["state"] == "reconnecting" for m in frame["m"]):
                self.went.set()


def resident_kib(web: Server) -> int:
    assert web.process is not None
    return int(Path(f"/proc/{web.process.pid}/statm").read_text().split()[1]) * 4


async def test_a_member_who_stops_reading_is_shown_out_and_the_others_hear_every_line(party: Party) -> None:
    async with AsyncExitStack() as stack:

        async def seated(*users: User) -> list[Any]:
            seats = [
                connected(user, party.web, party.room, f"tab-{number}") for user in users for number in range(MANY)
            ]
            return [await stack.enter_async_context(seat) for seat in seats]

        speakers, stuck = await seated(party.alice, party.bob), await seated(party.carol)
        for connection in stuck:
            connection.transport.pause_reading()
        ear, over, before = Ear(str(party.carol.pk)), asyncio.Event(), resident_kib(party.web)
        tasks = [asyncio.create_task(chatter(speaker, f"c{number}", over)) for number, speaker in enumerate(speakers)]
        tasks += [asyncio.create_task(Ear().listen(speaker)) for speaker in speakers[1:]]
        tasks.append(asyncio.create_task(ear.listen(speakers[0])))
        async with asyncio.timeout(60):
            await ear.went.wait()
        grown = resident_kib(party.web) - before
        over.set()
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in stuck:
            connection.transport.abort()
    seqs = [seq for _, seq in ear.events]
    assert len(seqs) > 64
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert max(later - earlier for (earlier, _), (later, _) in pairwise(ear.events)) < 2
    assert grown < 16 * 1024, "what the process needs for its work, and not for those who do not read"


async def test_a_page_that_stopped_reading_gets_the_newest_progress_when_it_goes_on(party: Party) -> None:
    async with connected(party.alice, party.web) as page:
        page.transport.pause_reading()
        await push(party.alice, [{"t": "note", "id": str(n), "body": "x" * 1000} for n in range(150)])
        await push(party.alice, [{"t": "prog", "id": "film", "p": n / 500} for n in range(501)])
        await push(party.alice, [{"t": "note", "id": "last"}])
        await asyncio.sleep(1)
        page.transport.resume_reading()
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while not found or found[-1].get("id") != "last":
                found.append(json.loads(await page.recv()))
    notes = [frame["id"] for frame in found if frame["t"] == "note"]
    assert notes == [*map(str, range(150)), "last"]
    assert [frame["p"] for frame in found if frame["t"] == "prog"] == [1.0]


async def test_a_page_that_misses_too_much_is_closed(party: Party) -> None:
    async with connected(party.alice, party.web) as page:
        page.transport.pause_reading()
        await push(party.alice, [{"t": "note", "id": str(n), "body": "x" * 1000} for n in range(400)])
        await asyncio.sleep(0.5)
        page.transport.resume_reading()
        with pytest.raises(websockets.ConnectionClosed) as closed:
            async with asyncio.timeout(20):
                while True:
                    last = json.loads(await page.recv())
        if closed.value.rcvd is not None:  # read on before daphne cut it off
            assert (closed.value.rcvd.code, last["t"], last["code"]) == (4008, "bye", 4008)


async def push(user: User, frames: list[dict[str, Any]]) -> None:
    group = user_group(user.pk)
    for frame in frames:
        await publish_now(group, frame)
