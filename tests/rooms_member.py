"""One member of a room over a real socket, who behaves as our page does.

A timeline counts when its epoch is the same and its revision greater; history continues by number; chat is said with
one ``cid`` until it is heard; a lost line is opened again after a random delay, here or at another web.
"""

import asyncio
import json
import random
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import websockets
from websockets.asyncio.client import ClientConnection

from apps.rooms.domain.clock import ClockEstimate, Probe
from tests.rooms_servers import Server

FIRST_DELAY_S, MAX_DELAY_S = 0.3, 10.0
PROBE_BURST, PROBE_SPACING_S, PROBE_EVERY_S, SILENT_PROBES = 16, 0.08, 5.0, 3
STATUS_EVERY_S = 5.0
CHAT_AGAIN_S = 8.0
ATTEMPT_LIMIT_S = 20.0
ENTER_LIMIT_S = 90.0  # of a whole crowd at once
AWAY = (OSError, TimeoutError, httpx.HTTPError, websockets.WebSocketException, EOFError)

TLS = ssl.create_default_context()  # made once: a client that makes its own spends more on it than on its request

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """The server said that this command was carried out. Times on this machine's monotonic clock, s."""

    cid: str
    op: str
    sent_at: float
    kept_at: float
    rev: int


@dataclass
class Member:
    uid: str
    room: str
    access: str
    webs: Sequence[Server]
    home: int = 0
    sid: str = field(default_factory=lambda: uuid4().hex)
    welcome: Frame | None = None
    timeline: Frame | None = None
    seq: int = 0
    lines: dict[int, Frame] = field(default_factory=dict)
    unheard: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    visits: int = 0
    gaps: int = 0
    socket: ClientConnection | None = None
    has_network: asyncio.Event = field(default_factory=asyncio.Event)
    clock: ClockEstimate = field(default_factory=ClockEstimate)
    _waiting: dict[str, tuple[str, float]] = field(default_factory=dict)
    _answers: dict[str, asyncio.Future[Frame]] = field(default_factory=dict)
    _attempt: int = 0
    _bye: Frame | None = None
    _sent: int = 0
    _answered: int = 0

    def __post_init__(self) -> None:
        self.has_network.set()

    # --- what others look at ---
    @property
    def rev(self) -> int:
        return int(self.timeline["rev"]) if self.timeline else 0

    @property
    def is_in(self) -> bool:
        """The present line has been welcomed."""
        return self.socket is not None and self.welcome is not None

    def room_ms(self) -> float:
        own = own_ms()
        return own + self.clock.offset_at(own)

    def position_ms(self) -> float:
        """T(now) as this member would compute it."""
        return position_ms(self.timeline or {}, self.room_ms())

    # --- what a person does ---
    async def command(self, op: str, **more: Any) -> None:
        """Sent when there is a line; a page does not repeat what it could not send."""
        cid = uuid4().hex
        self._waiting[cid] = (op, time.monotonic())
        await self.send(t="cmd", cid=cid, base=self.rev, op=op, **more)

    async def ask(self, op: str, **more: Any) -> Frame:
        """A command and its answer."""
        cid = uuid4().hex
        self._answers[cid] = asyncio.get_running_loop().create_future()
        await self.send(t="cmd", cid=cid, base=self.rev, op=op, **more)
        async with asyncio.timeout(ATTEMPT_LIMIT_S):
            return await self._answers[cid]

    async def say(self, text: str) -> None:
        cid = uuid4().hex
        self.said.append(cid)
        self.unheard[cid] = text
        await self._deliver(cid)

    async def say_again(self) -> None:
        for cid in list(self.unheard):
            await self._deliver(cid)

    async def send(self, **frame: Any) -> None:
        if self.is_in and self.socket is not None:
            with suppress(*AWAY):
                await self.socket.send(json.dumps(frame))

    def cut(self) -> None:
        """The line breaks without a word."""
        if self.socket is not None:
            self.socket.transport.abort()

    # --- the page itself ---
    async def stay(self) -> None:
        """Be in the room until cancelled."""
        while True:
            with suppress(*AWAY):
                await self._visit()
            self._hang_up()
            if self._attempt:
                self.home += 1
            await asyncio.sleep(self._delay_s())
            await self.has_network.wait()

    def _delay_s(self) -> float:
        bye, self._bye = self._bye, None
        self._attempt += 1
        if bye is not None and bye["retry_ms"] is not None:
            return float(bye["retry_ms"]) / 1000
        return random.random() * min(MAX_DELAY_S, FIRST_DELAY_S * 2 ** (self._attempt - 1))

    def _hang_up(self) -> None:
        if self.socket is not None:
            self.codes[int(self.socket.close_code or 1006)] += 1
        self.socket, self.welcome = None, None

    async def _visit(self) -> None:
        web = self.webs[self.home % len(self.webs)]
        async with asyncio.timeout(ATTEMPT_LIMIT_S):
            ticket = await buy_ticket(web, self.access, self.room)
            self.socket = await open_socket(web, self.room, ticket)
        last = {"last": {"epoch": 1, "rev": self.rev, "seq": self.seq}} if self.timeline else {}
        await self.socket.send(
            json.dumps({"t": "hello", "v": 1, "room": self.room, "sid": self.sid, "vis": True} | last)
        )
        self._sent = self._answered = 0
        beside = [asyncio.create_task(work()) for work in (self._probe, self._report, self._repeat)]
        try:
            async for text in self.socket:
                await self._take(json.loads(text))
        finally:
            for task in beside:
                task.cancel()

    async def _probe(self) -> None:
        for number in range(1_000_000):
            if self._sent - self._answered >= SILENT_PROBES and number > PROBE_BURST:
                self.cut()
            self._sent += 1
            await self.send(t="clk", n=number, c=own_ms())
            await asyncio.sleep(PROBE_SPACING_S if number < PROBE_BURST else PROBE_EVERY_S)

    async def _report(self) -> None:
        while True:
            await self.send(
                t="st", rev=self.rev, e=0.0, buf=20.0, stall=False, rate=1, level=0, rtt=self.clock.rtt_floor, vis=True
            )
            await asyncio.sleep(STATUS_EVERY_S)

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(CHAT_AGAIN_S)
            await self.say_again()

    async def _deliver(self, cid: str) -> None:
        await self.send(t="chat", cid=cid, text=self.unheard[cid], mt=1.0)

    async def _take(self, frame: Frame) -> None:
        self._attempt = 0
        known: dict[str, Callable[[Frame], Awaitable[None]]] = {
            "welcome": self._enter, "tl": self._move, "ev": self._add, "res": self._answer, "clk": self._tick,
        }  # fmt: skip
        if frame["t"] in known:
            await known[frame["t"]](frame)
        elif frame["t"] == "bye":
            self._bye = frame

    async def _enter(self, frame: Frame) -> None:
        self.visits += 1
        if not frame["resumed"]:
            self.lines.clear()
        elif [event["seq"] for event in frame["events"]] != list(range(self.seq + 1, frame["seq"] + 1)):
            self.gaps += 1
        self.welcome, self.seq = frame, frame["seq"]
        self._adopt(frame["tl"])
        for event in frame["events"]:
            self._keep(event)
        await self.say_again()

    async def _move(self, frame: Frame) -> None:
        self._adopt({name: value for name, value in frame.items() if name not in {"t", "ack"}})

    def _adopt(self, timeline: Frame) -> None:
        if self.timeline is None or (
            timeline["epoch"] == self.timeline["epoch"] and timeline["rev"] > self.timeline["rev"]
        ):
            self.timeline = timeline

    async def _add(self, frame: Frame) -> None:
        self.gaps += frame["seq"] != self.seq + 1
        self.seq = max(self.seq, frame["seq"])
        self._keep(frame)

    def _keep(self, event: Frame) -> None:
        self.lines[event["seq"]] = event
        if event["by"] == self.uid:
            self.unheard.pop(event.get("cid") or "", None)

    async def _answer(self, frame: Frame) -> None:
        cid = frame["cid"] or ""
        answer = self._answers.pop(cid, None)
        if answer is not None and not answer.done():
            answer.set_result(frame)
        if cid in self._waiting:
            op, sent_at = self._waiting.pop(cid)
            if frame["ok"]:
                self.promises.append(Promise(cid, op, sent_at, time.monotonic(), frame["rev"]))

    async def _tick(self, frame: Frame) -> None:
        self._answered = self._sent
        self.clock.add(Probe(sent=frame["c"], received=frame["r"], transmitted=frame["x"], answered=own_ms()))


def own_ms() -> float:
    return time.monotonic() * 1000


def position_ms(timeline: Frame, room_ms: float) -> float:
    """T(now) of a timeline as it is on the wire."""
    moved = timeline["rate"] * max(0.0, room_ms - timeline["at_ms"]) if timeline["playing"] else 0.0
    return float(timeline["position_ms"] + moved)


async def buy_ticket(web: Server, access: str, room: str) -> str:
    url = f"http://localhost:{web.port}/api/v1"
    async with httpx.AsyncClient(base_url=url, timeout=ATTEMPT_LIMIT_S, verify=TLS, trust_env=False) as http:
        answer = await http.post(
            "ws/ticket", json={"purpose": "room", "room": room}, headers={"Authorization": f"Bearer {access}"}
        )
        answer.raise_for_status()
        return str(answer.json()["ticket"])


async def open_socket(web: Server, room: str, ticket: str, **options: Any) -> ClientConnection:
    return await websockets.connect(
        f"ws://localhost:{web.port}/ws/rooms/{room}",
        subprotocols=["matinee.v1", f"ticket.{ticket}"],
        origin=f"http://localhost:{web.port}",
        max_size=4_000_000,
        proxy=None,
        ping_interval=None,
        close_timeout=1,
        compression=None,
        **options,
    )


@asynccontextmanager
async def all_staying(members: Sequence[Member]):
    """Everybody comes in, and stays until the block ends."""
    visits = [asyncio.create_task(member.stay()) for member in members]
    try:
        await until("everybody to be in", lambda: all(member.is_in for member in members), limit_s=ENTER_LIMIT_S)
        yield
    finally:
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        for member in members:
            if member.socket is not None:
                await member.socket.close()
                member._hang_up()


async def until(what: str, check: Callable[[], bool], *, limit_s: float) -> float:
    """How long it took, s."""
    started = time.monotonic()
    while not check():
        assert time.monotonic() - started < limit_s, f"after {limit_s} s still waiting for {what}"
        await asyncio.sleep(0.05)
    return time.monotonic() - started
