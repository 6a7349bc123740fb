"""A slow line on this machine: a TCP proxy whose downlink is one token bucket shared by every connection.

The kernel here has no netem. What is honest about it: all bytes towards the client, of all connections together, pass
one bucket packet by packet in turn (so audio and video compete as on a real line), headers of IP and TCP are paid for,
and the burst is a few packets. A path may be long, too: every packet takes its own time each way, none overtakes
another of its connection, and a lost one comes a retransmission time later and holds up whatever follows it, which is
what an application sees of loss through TCP. That is right for the lone small packets of a conversation and harsh on
bulk, where fast retransmission would repair sooner. What it does not do: shrink a congestion window, lose
acknowledgements, or share its jitter between connections.
"""

import asyncio
import random
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

MTU_BYTES = 1500
PAYLOAD_BYTES = 1448  # of a full packet: IPv4 and TCP with timestamps take 52 bytes
BURST_BYTES = 4 * MTU_BYTES
READ_BYTES = 64 * 1024
LONGEST_NAP_S = 0.05  # a rate that is raised meanwhile counts soon
UNSHAPED_BPS = 0
START_LIMIT_S = 10
RETRANSMIT_MIN_S = 0.2  # Linux: TCP_RTO_MIN
IN_FLIGHT = 256  # parcels of one connection that may be under way; more stay in the sender's socket
REQUEST = re.compile(rb"^(?:GET|HEAD) (\S+) HTTP/1", re.MULTILINE)


@dataclass
class Bucket:
    """Tokens are bytes on the wire; ``rate_bps`` 0 lets everything pass. Waiters are served in the order they came."""

    rate_bps: int = UNSHAPED_BPS
    tokens: float = BURST_BYTES
    filled_at: float = field(default_factory=time.monotonic)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, size_bytes: int) -> None:
        async with self.turn:
            while self.rate_bps and not self._has(size_bytes):
                missing_s = (size_bytes - self.tokens) * 8 / self.rate_bps
                await asyncio.sleep(min(LONGEST_NAP_S, missing_s))
            self.tokens -= size_bytes if self.rate_bps else 0

    def _has(self, size_bytes: int) -> bool:
        now = time.monotonic()
        self.tokens = min(BURST_BYTES, self.tokens + (now - self.filled_at) * self.rate_bps / 8)
        self.filled_at = now
        return self.tokens >= size_bytes


@dataclass(frozen=True)
class Path:
    """What a packet meets each way: ``delay_s`` plus or minus ``jitter_s``, evenly spread; a share ``loss`` is lost."""

    delay_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0

    def takes_s(self, size_bytes: int, luck: random.Random) -> float:
        """Until the last packet of ``size_bytes`` that left at once has arrived."""
        longest = 0.0
        for _ in range(0, size_bytes, PAYLOAD_BYTES):
            one = self.delay_s + luck.uniform(-self.jitter_s, self.jitter_s)
            while luck.random() < self.loss:
                one += max(RETRANSMIT_MIN_S, 2 * self.delay_s)
            longest = max(longest, one)
        return longest


SHORT = Path()
END = b""  # a parcel that says that nothing follows
Send = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    at: float  # time.monotonic()
    path: str


async def deliver(under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    """Hand over each parcel when it arrives, until the empty one."""
    while True:
        arrives_at, data = await under_way.get()
        if (left_s := arrives_at - time.monotonic()) > 0:
            await asyncio.sleep(left_s)
        if not data:
            return
        writer.write(data)
        await writer.drain()


class SlowLine:
    """Listens on its own port in front of ``target_port``; ``rate_bps`` and ``path`` may change at any time."""

    def __init__(
        self, target_port: int, *, rate_bps: int = UNSHAPED_BPS, path: Path = SHORT, seed: int | None = None
    ) -> None:
        self.target_port = target_port
        self.path = path
        self._luck = random.Random(seed)
        self.port = 0
        self.requests: list[Request] = []
        self.down_bytes = 0
        self._bucket = Bucket(rate_bps)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def rate_bps(self) -> int:
        return self._bucket.rate_bps

    @rate_bps.setter
    def rate_bps(self, value: int) -> None:
        self._bucket.rate_bps = value

    def paths_since(self, moment: float) -> list[str]:
        """What was asked for since ``moment`` (time.monotonic), in order."""
        return [request.path for request in self.requests if request.at >= moment]

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=READ_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Either end that closes ends both: a browser that gives a segment up must not go on paying for it."""
        upstream, to_upstream = await asyncio.open_connection("127.0.0.1", self.target_port, limit=READ_BYTES)
        ways = {asyncio.create_task(self._up(reader, to_upstream)), asyncio.create_task(self._down(upstream, writer))}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, to_upstream):
                end.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._way(writer) as send:
            while data := await reader.read(READ_BYTES):
                now = time.monotonic()
                self.requests += [Request(now, path.decode("latin-1")) for path in REQUEST.findall(data)]
                await send(data)

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._way(writer) as send:
            while data := await reader.read(READ_BYTES):
                for start in range(0, len(data), PAYLOAD_BYTES):
                    packet = data[start : start + PAYLOAD_BYTES]
                    await self._bucket.take(len(packet) + MTU_BYTES - PAYLOAD_BYTES)
                    await send(packet)
                self.down_bytes += len(data)

    @asynccontextmanager
    async def _way(self, writer: asyncio.StreamWriter) -> AsyncIterator[Send]:
        """What is sent arrives in order; whoever leaves has waited until all of it has arrived."""
        under_way = asyncio.Queue[tuple[float, bytes]](IN_FLIGHT)
        free_at = 0.0

        async def send(data: bytes) -> None:
            nonlocal free_at
            free_at = max(free_at, time.monotonic() + self.path.takes_s(len(data), self._luck))
            await under_way.put((free_at, data))

        delivering = asyncio.create_task(deliver(under_way, writer))
        try:
            yield send
            await send(END)
            await delivering
        finally:
            delivering.cancel()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_LIMIT_S)

    async def _end(self) -> None:
        """No connection is taken any more, and those that are open end; the loop has no other tasks than theirs."""
        if self._server is not None:
            self._server.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._serve())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_LIMIT_S)
        self._loop.close()
