"""Frames on their way out: straight to daphne's transports, and by plain ASGI to any other server."""

import asyncio
import json
import socket
import sys
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets

from consumers import line as lines
from consumers.line import BUFFER_BYTES, AsgiLine
from consumers.wire import Parcel
from tests.lines_app import LAST, event
from tests.rooms_servers import Server, free_port, running

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def daphne() -> Iterator[Server]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "daphne",
        "-v",
        "0",
        "-b",
        "127.0.0.1",
        "-p",
        str(port),
        "tests.lines_app:application",
    ]
    with running(Server(command, port)) as (server,):
        yield server


@asynccontextmanager
async def connected(server: Server, **more: Any) -> AsyncIterator[Any]:
    """An open connection whose first frame was checked: it is the direct way."""
    url = f"ws://127.0.0.1:{server.port}/"
    async with asyncio.timeout(30), websockets.connect(url, max_size=4_000_000, proxy=None, **more) as found:
        assert (await heard(found))["way"] == "DaphneLine"
        yield found


async def heard(connection: Any) -> dict[str, Any]:
    async with asyncio.timeout(10):
        return json.loads(await connection.recv())


async def events(connection: Any, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        frame = await heard(connection)
        found += [frame["seq"]] if frame["t"] == "ev" else []
    return found


async def ways_out(connection: Any) -> dict[str, Any]:
    await connection.send("open")
    while "lanes" not in (frame := await heard(connection)):
        pass
    return frame


@pytest.mark.parametrize("sizes", [[125, 126], [65_535], [65_536], [300_000, 30]])
async def test_frames_of_every_length_are_read_by_a_strict_client(daphne: Server, sizes: list[int]) -> None:
    async with connected(daphne) as client:
        await client.send("sizes " + " ".join(map(str, sizes)))
        async with asyncio.timeout(10):
            assert [len(await client.recv()) for _ in sizes] == sizes


async def test_a_client_that_offers_compression_is_served_too(daphne: Server) -> None:
    async with connected(daphne, compression="deflate") as client:
        await client.send("sizes 100 5000")
        async with asyncio.timeout(10):
            assert [len(await client.recv()) for _ in range(2)] == [100, 5000]


async def test_direct_frames_and_frames_by_asgi_keep_their_order(daphne: Server) -> None:
    async with connected(daphne) as client:
        await client.send("mixed 60 900")
        assert [(await heard(client))["seq"] for _ in range(60)] == list(range(60))
        await client.ping()  # its pong goes the transport's way
        await client.send("bye")
        assert (await heard(client))["t"] == "bye"
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd.code == 4008


async def test_who_falls_behind_for_a_moment_gets_what_still_counts_in_order(daphne: Server) -> None:
    with quiet_socket(daphne) as quiet:
        async with connected(daphne, sock=quiet) as client:
            client.transport.pause_reading()
            for wish in ("flood 150 1000", "timelines 500", "flood 3 10"):
                await client.send(wish)
            await asyncio.sleep(1)
            client.transport.resume_reading()
            found = [await heard(client) for _ in range(154)]
    assert [frame["seq"] for frame in found if frame["t"] == "ev"] == [*range(150), 0, 1, 2]
    assert [frame["rev"] for frame in found if frame["t"] == "tl"] == [499]


async def test_a_reader_who_never_reads_is_cut_off_and_the_others_hear_everything(daphne: Server) -> None:
    with quiet_socket(daphne) as quiet:
        async with connected(daphne, sock=quiet) as stuck, connected(daphne) as client:
            stuck.transport.pause_reading()
            await client.send("all 700 500")
            assert await events(client, 700) == list(range(700))
            await asyncio.sleep(1.5)  # the time that daphne gives a client to answer the close frame
            assert (await ways_out(client))["open"] == 1
            stuck.transport.abort()


@pytest.mark.parametrize(("count", "size"), [(60, 20), (60, 2_000), (4, 40_000)])  # as much is kept for who is behind
async def test_what_all_hear_keeps_its_order_with_pings_and_frames_by_asgi_also_for_who_reads_in_fits(
    daphne: Server, count: int, size: int
) -> None:
    """A byte out of place would end the connection of a strict client."""
    with quiet_socket(daphne) as quiet:
        async with connected(daphne, sock=quiet) as slow, connected(daphne) as client:
            await client.send(f"all {count} {size}")
            for _ in range(5):
                slow.transport.pause_reading()
                await asyncio.sleep(0.1)
                slow.transport.resume_reading()
                await asyncio.sleep(0.05)
            assert await events(client, count) == list(range(count))
            assert await events(slow, count) == list(range(count))
            found = await ways_out(client)
            assert found["lanes"] == found["open"] == 2, "whoever reads again is written to at once again"


async def test_connections_that_break_while_all_are_written_to_disturb_nobody(daphne: Server) -> None:
    async with connected(daphne) as client:
        for _ in range(20):
            broken = await websockets.connect(f"ws://127.0.0.1:{daphne.port}/", proxy=None)
            broken.transport.abort()
        await client.send("all 50 500")
        assert await events(client, 50) == list(range(50))
        found = await ways_out(client)
        assert (found["open"], found["alive"]) == (1, 1), "a line that is gone is in no cycle"


def quiet_socket(server: Server) -> socket.socket:
    """Connected, with the smallest receive buffer there is."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    found.connect(("127.0.0.1", server.port))
    return found


# --- any other server ------------------------------------------------------------------------------------------
class Slow:
    """An ASGI ``send`` that waits for ``open``."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.is_gone = False

    async def __call__(self, message: dict[str, Any]) -> None:
        await self.open.wait()
        if self.is_gone:
            raise OSError("gone")
        self.sent.append(message)

    def seqs(self) -> list[int]:
        return [json.loads(message["text"])["seq"] for message in self.sent if "text" in message]


async def test_by_asgi_frames_keep_their_order_and_the_last_words_come_before_the_close() -> None:
    send = Slow()
    line = AsgiLine(send, lambda: None)
    for number in range(5):
        line.put(event(number))
    line.finish(LAST, 4010)
    line.put(event(6))
    send.open.set()
    await asyncio.sleep(0.01)
    assert [message["type"] for message in send.sent] == ["websocket.send"] * 6 + ["websocket.close"]
    assert json.loads(send.sent[5]["text"])["t"] == "bye"
    assert send.sent[6]["code"] == 4010


async def test_by_asgi_a_slow_server_gets_what_still_counts_when_it_goes_on() -> None:
    send = Slow()
    line = AsgiLine(send, lambda: line.finish(LAST, 4008))
    before = BUFFER_BYTES // 1000 + 1
    for number in range(before):
        line.put(event(number, 1000))
    for rev in range(100):
        line.put(Parcel({"t": "tl", "rev": rev, "seq": -1}))
    line.put(event(before))
    send.open.set()
    await asyncio.sleep(0.01)
    assert send.seqs() == [*range(before), -1, before]
    assert json.loads(send.sent[-2]["text"])["rev"] == 99


async def test_by_asgi_who_stays_behind_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PATIENCE_S", 0.05)
    send = Slow()
    given_up: list[bool] = []
    line = AsgiLine(send, lambda: given_up.append(True))
    line.put(event(1, BUFFER_BYTES))
    await asyncio.sleep(0.2)
    assert given_up == [True]
    send.open.set()
    await asyncio.sleep(0.01)
    line.put(event(2))
    await asyncio.sleep(0.2)
    assert (send.seqs(), given_up) == ([1, 2], [True])


async def test_by_asgi_a_connection_that_is_gone_is_written_to_no_more() -> None:
    send = Slow()
    send.is_gone = True
    line = AsgiLine(send, lambda: None)
    line.put(event(1))
    line.put(event(2))
    send.open.set()
    await asyncio.sleep(0.01)
    send.is_gone = False
    line.put(event(3))
    await asyncio.sleep(0.01)
    assert send.sent == []


def test_a_line_that_was_dropped_leads_back_to_nobody() -> None:
    """Else every socket that closed would wait for the collector, with all that daphne knows of it."""

    class Owner:
        def give_up(self) -> None: ...

    owner = Owner()
    line, reader = AsgiLine(Slow(), owner.give_up), weakref.ref(owner)
    line.drop()
    del owner
    assert reader() is None
