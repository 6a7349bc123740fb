"""A room over two web processes without any server: time, transport and the database answer as a test wants.

Ours are real here: sockets, limits, frames, desks, hubs, and the rules of the timeline and of waiting. Doubles stand
for what is not ours: Postgres (``OneRoom``), Redis (``World.in_flight``: a frame arrives when the test says so, twice
or never) and the clock.
"""

import asyncio
import inspect
import json
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from autobahn.exception import Disconnected
from channels.exceptions import StopConsumer

from apps.accounts import live as accounts
from apps.accounts.domain import Person
from apps.rooms import live
from consumers import background, hub
from consumers.room import RoomConsumer
from tests.rooms_double import EPOCH_MS, ROOM, OneRoom

Frame = dict[str, Any]


class ScriptedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until the test moves it."""

    def __init__(self, world: "World", wire: "Wire") -> None:
        super().__init__()
        self.world, self.wire = world, wire
        self.set_exception_handler(lambda _, context: world.note_fault(context.get("exception")))

    def time(self) -> float:
        return self.world.now_s

    def next_timer_s(self) -> float:
        return self._scheduled[0].when() if self._scheduled else float("inf")

    def settle(self) -> None:
        """Run all that can run without time going on."""
        while self._ready or self.next_timer_s() <= self.time():
            self.call_soon(self.stop)
            self.run_forever()


class Wire:
    """In place of a process's bus: hands its frames to the world."""

    def __init__(self, process: "Process") -> None:
        self.process = process
        self.me = str(id(self))
        self.handlers: dict[str, Callable[[Frame], Coroutine[Any, Any, None]]] = {}

    @property
    def is_healthy(self) -> bool:
        return self.process.world.has_redis

    @property
    def healthy_for_s(self) -> float:
        return self.process.world.now_s if self.is_healthy else 0.0

    async def join(self, group: str, handler: Any) -> None:
        self.handlers[group] = handler

    async def leave(self, group: str, _handler: Any) -> None:
        self.handlers.pop(group, None)

    def send(self, group: str, frame: Frame) -> None:
        self.process.world.post(group, {**frame, "from": self.me}, but=self.process)


class Process:
    """A web process. While ``is_slow`` each call of the database waits before and after its commit."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.is_alive, self.is_slow = True, False
        self.held: list[asyncio.Future[None]] = []
        self.wire = Wire(self)
        self.loop = ScriptedLoop(world, self.wire)

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        if self.is_alive:
            self._started = self.loop.create_task(work)  # the loop itself holds tasks weakly
            if not self.loop.is_running():
                self.loop.settle()
        else:
            work.close()

    async def gate(self) -> None:
        if self.is_slow:
            self.held.append(self.loop.create_future())
            await self.held[-1]

    def proceed(self, which: int) -> None:
        if self.held:
            self.held.pop(which % len(self.held)).set_result(None)
            self.loop.settle()

    def thaw(self) -> None:
        self.is_slow = False
        while self.held:
            self.proceed(0)

    def end(self) -> None:
        """As the interpreter would at its end; whoever was killed had no part in it any more."""
        self.is_alive = False
        while tasks := asyncio.all_tasks(self.loop):
            for task in tasks:
                task.cancel()
            self.loop.settle()
        self.loop.close()


class Line:
    """One socket between a page and a process; ``inbox`` is what the page has not read yet.

    ``is_broken``: the server knows that the connection is gone, and our consumer does not know it yet.
    """

    def __init__(self, process: Process, person: Person) -> None:
        self.process = process
        self.inbox: list[Frame] = []
        self.is_broken, self.has_ended = False, False
        self.consumer = RoomConsumer()
        self.consumer.base_send = self._take
        self.consumer.scope = {
            "type": "websocket",
            "subprotocols": ["matinee.v1", f"ticket.{person.id}"],
            "url_route": {"kwargs": {"room_id": str(ROOM)}},
        }
        self._dispatch({"type": "websocket.connect"})

    def send(self, frame: Frame) -> None:
        self._dispatch({"type": "websocket.receive", "text": json.dumps(frame)})

    def end(self) -> None:
        """The server hears that the connection is gone."""
        if not self.has_ended:
            self.has_ended = True
            self._dispatch({"type": "websocket.disconnect", "code": 1006})

    def _dispatch(self, message: Frame) -> None:
        self.process.do(self._handled(message))

    async def _handled(self, message: Frame) -> None:
        try:
            await self.consumer.dispatch(message)
        except StopConsumer:
            return

    async def _take(self, message: Frame) -> None:
        if self.is_broken:
            raise Disconnected("as daphne says until we have heard of the end")
        if message["type"] == "websocket.send":
            self.inbox.append(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.inbox.append({"t": "closed", "code": message.get("code")})
            asyncio.get_running_loop().call_soon(self.end)


class World:
    def __init__(self) -> None:
        self.now_s = 1.0
        self.has_redis = True
        self.faults: list[BaseException] = []
        self.in_flight: list[tuple[Process, str, str]] = []
        self.room = OneRoom(self)
        self.graveyard: list[Process] = []
        self.processes = [Process(self), Process(self)]

    def now_ms(self) -> float:
        return EPOCH_MS + self.now_s * 1000

    def note_fault(self, fault: BaseException | None) -> None:
        if fault is not None:
            self.faults.append(fault)

    def running(self) -> Process:
        loop = asyncio.get_running_loop()
        return next(process for process in [*self.processes, *self.graveyard] if process.loop is loop)

    def post(self, group: str, frame: Frame, but: Process | None = None) -> None:
        if self.has_redis:
            text = json.dumps(frame)
            self.in_flight += [(process, group, text) for process in self.processes if process is not but]

    def deliver(self, which: int, *, keeps: bool = False) -> None:
        """One of the frames between processes arrives; with ``keeps`` it will arrive again."""
        if not self.in_flight:
            return
        index = which % len(self.in_flight)
        process, group, text = self.in_flight[index] if keeps else self.in_flight.pop(index)
        handler = process.wire.handlers.get(group)
        if handler is not None:
            process.do(handler(json.loads(text)))

    def advance(self, seconds: float) -> None:
        target_s = self.now_s + seconds
        while (due_s := min(process.loop.next_timer_s() for process in self.processes)) <= target_s:
            self.now_s = max(self.now_s, due_s)
            for process in self.processes:
                process.loop.settle()
        self.now_s = target_s

    def crash(self, which: int) -> Process:
        """kill -9; another process takes its place, and knows nothing."""
        dead = self.processes[which]
        dead.is_alive = False
        self.graveyard.append(dead)
        self.in_flight = [parcel for parcel in self.in_flight if parcel[0] is not dead]
        self.processes[which] = Process(self)
        return dead

    def end(self) -> None:
        self.has_redis = False
        for process in [*self.processes, *self.graveyard]:
            process.end()


@dataclass
class Stage:
    """Where the world of the current run stands, for what was put in place of the database and the clock."""

    world: World | None = None

    def room(self) -> OneRoom:
        assert self.world is not None
        return self.world.room


def _ask_room(stage: Stage, name: str) -> Callable[..., Any]:
    async def ask(*given: Any, **wanted: Any) -> Any:
        answer = getattr(stage.room(), name, None)
        return None if answer is None else await answer(*given, **wanted)

    return ask


async def _still_welcome(people: Collection[Person]) -> set[Person]:
    return set(people)


async def _redeem_ticket(*, value: str, purpose: str, room_id: UUID | None) -> Person:
    return person_of(UUID(value).int)


def set_stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Put the doubles in place; what the database would do beside the timeline and the history is left out."""
    stage = Stage()

    def now_ms() -> float:
        return stage.room().world.now_ms()

    class Log:
        def error(self, _event: str, *, exc_info: BaseException) -> None:
            stage.room().world.note_fault(exc_info)

    for name, _ in inspect.getmembers(live, inspect.iscoroutinefunction):
        if not name.startswith("_"):
            monkeypatch.setattr(live, name, _ask_room(stage, name))
    monkeypatch.setattr(live, "now_ms", now_ms)
    monkeypatch.setattr(accounts, "redeem_ticket", _redeem_ticket)
    monkeypatch.setattr(accounts, "still_welcome", _still_welcome)
    monkeypatch.setattr(hub, "Bus", lambda: asyncio.get_running_loop().wire)
    monkeypatch.setattr(background, "log", Log())
    return stage


def person_of(number: int) -> Person:
    return Person(UUID(int=number), f"Person {number}", False, True, False, 1)
