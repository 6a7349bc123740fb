"""A room over two web processes without any server: time, transport and the database answer as a test wants.

Ours are real here: sockets, limits, frames, desks, hubs, and the rules of the timeline and of waiting. Doubles stand
for what is not ours: Postgres (``OneRoom``: the same conditional moves, in memory), Redis (``World.in_flight``: a frame
arrives when the test says so, twice or never) and the clock.
"""

import asyncio
import inspect
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from autobahn.exception import Disconnected
from channels.exceptions import StopConsumer

from apps.accounts import live as accounts
from apps.accounts.domain import Person
from apps.common.errors import Unavailable
from apps.common.events import room_group
from apps.rooms import live
from apps.rooms.domain import waiting
from apps.rooms.domain.events import KIND_OF_CAUSE, EventKind, RoomEventData
from apps.rooms.domain.members import Preset, Role, permissions
from apps.rooms.domain.playback import Cause, Command, Outcome, Timeline, apply_command, position_at, rest
from apps.rooms.selectors import Entrance, Mark, News
from apps.rooms.services import CommandResult, Message, RoomChange
from consumers import background, base, hub
from consumers.room import RoomConsumer

ROOM = UUID(int=7)
EPOCH_MS = 1_800_000_000_000
START = Timeline(
    rev=1, epoch=1, item=str(UUID(int=9)), position_ms=0, rate=1.0, at_ms=EPOCH_MS, playing=False, duration_ms=600_000,
    cause=Cause.CREATED,
)  # fmt: skip
FILM: dict[str, Any] = {
    "id": None, "name": "Night Train", "year": 2021, "poster_url": None, "backdrop_url": None, "color": "#000000",
    "availability": "ready", "runtime_min": 10, "tmdb_id": None, "leaves_at": None,
}  # fmt: skip
REPLAY_MAX, TAIL = 8, 5  # small, so that a short run meets both answers of an entrance

Frame = dict[str, Any]


class ScriptedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until the test moves it."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self.world = world
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
        self.process.world.post(group, {**frame, "from": str(id(self))}, but=self.process)


class Process:
    """A web process. While ``is_slow`` each call of the database waits before and after its commit."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.is_alive, self.is_slow = True, False
        self.held: list[asyncio.Future[None]] = []
        self.loop = ScriptedLoop(world)
        self.wire = Wire(self)
        self.do(self._found())

    async def _found(self) -> None:
        hub.current().bus = self.wire

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


@dataclass
class OneRoom:
    """In place of Postgres: what ``rooms.live`` answers, each call whole or not at all."""

    world: "World"
    timeline: Timeline = START
    events: list[RoomEventData] = field(default_factory=list)
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    is_away: bool = False

    @property
    def seq(self) -> int:
        return len(self.events)

    async def ask(self, work: Callable[[], Any]) -> Any:
        process = self.world.running()
        await process.gate()
        if self.is_away:
            raise Unavailable("The server's database does not answer. Try again in a moment.")
        found = work()
        await process.gate()
        return found

    async def enter(self, *, room_id: UUID, person: Person, known_seq: int | None) -> Entrance:
        return await self.ask(lambda: self._entrance(known_seq))

    async def news(self, *, room_id: UUID, after_seq: int) -> News:
        return await self.ask(lambda: News(self.timeline, self.events[after_seq:]))

    async def marks(self, room_ids: Any) -> dict[UUID, Mark]:
        return await self.ask(lambda: {ROOM: Mark(self.timeline.rev, self.seq)})

    async def command(self, *, room_id: UUID, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
        return await self.ask(lambda: self._command(person, cid, wanted, lead_ms))

    async def say(self, *, room_id: UUID, person: Person, message: Message) -> RoomEventData | None:
        return await self.ask(lambda: self._say(person, message))

    async def begin_wait(self, *, room_id: UUID, uid: str, lead_ms: int) -> RoomChange | None:
        change = partial(
            waiting.begin_wait, bid=f"wait-{self.seq}", uid=uid, now_ms=self.world.now_ms(), lead_ms=lead_ms
        )
        return await self.ask(lambda: self._change(change, uid))

    async def end_wait(self, *, room_id: UUID, bid: str, lead_ms: int) -> RoomChange | None:
        change = partial(waiting.end_wait, bid=bid, now_ms=self.world.now_ms(), lead_ms=lead_ms)
        return await self.ask(lambda: self._change(change))

    async def rest_room(self, *, room_id: UUID, left_at_ms: float) -> None:
        await self.ask(lambda: self._change(partial(rest, left_at_ms=left_at_ms)))

    def _entrance(self, known_seq: int | None) -> Entrance:
        resumed = known_seq is not None and 0 <= self.seq - known_seq <= REPLAY_MAX
        first = known_seq if resumed and known_seq is not None else max(0, self.seq - TAIL)
        return Entrance(
            name="Friday", preset=Preset.FRIENDS, title=FILM, role=Role.MEMBER, timeline=self.timeline,
            can=permissions(Preset.FRIENDS, Role.MEMBER), events=self.events[first:], seq=self.seq, resumed=resumed,
        )  # fmt: skip

    def _command(self, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
        before, key = self.timeline, (str(person.id), cid)
        if key in self.outcomes:
            return CommandResult(self.outcomes[key], before)
        decision = apply_command(before, wanted, now_ms=self.world.now_ms(), lead_ms=lead_ms)
        self.outcomes[key] = decision.outcome
        if decision.outcome is not Outcome.APPLIED:
            return CommandResult(decision.outcome, before, reason=decision.reason)
        return CommandResult(Outcome.APPLIED, decision.timeline, self._put(decision.timeline, person, cid))

    def _put(
        self, after: Timeline, person: Person | None = None, cid: str | None = None, uid: str | None = None
    ) -> Any:
        assert after.rev == self.timeline.rev + 1
        self.timeline = after
        position_s = position_at(after, after.at_ms) / 1000
        return self._record(KIND_OF_CAUSE[after.cause], person, cid=cid, position_s=position_s, uid=uid)

    def _change(self, change: Callable[[Timeline], Timeline | None], uid: str | None = None) -> RoomChange | None:
        after = change(self.timeline)
        if after is None:
            return None
        event = self._put(after, uid=uid)
        self.world.post(room_group(ROOM), {"t": "wake", "room": str(ROOM)})
        return RoomChange(after, event)

    def _say(self, person: Person, message: Message) -> RoomEventData | None:
        if any(event.by == str(person.id) and event.cid == message.cid for event in self.events):
            return None
        return self._record(EventKind.CHAT, person, cid=message.cid, text=message.text, position_s=message.position_s)

    def _record(self, kind: EventKind, person: Person | None, **details: Any) -> RoomEventData:
        by, name = (str(person.id), person.name) if person else (None, None)
        at = datetime.fromtimestamp(self.world.now_ms() / 1000, UTC)
        self.events.append(RoomEventData(seq=self.seq + 1, kind=kind, at=at, by=by, name=name, **details))
        return self.events[-1]


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


def set_stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Put the doubles in place; what the database would do beside the timeline and the history is left out."""
    stage = Stage()

    def now_ms() -> float:
        return stage.room().world.now_ms()

    async def redeem_ticket(*, value: str, purpose: str, room_id: UUID | None) -> Person:
        return person_of(UUID(value).int)

    async def yes(*_: Any) -> bool:
        return True

    class Log:
        def error(self, _event: str, *, exc_info: BaseException) -> None:
            stage.room().world.note_fault(exc_info)

    for name, _ in inspect.getmembers(live, inspect.iscoroutinefunction):
        if not name.startswith("_"):
            monkeypatch.setattr(live, name, _ask_room(stage, name))
    monkeypatch.setattr(live, "now_ms", now_ms)
    monkeypatch.setattr(accounts, "redeem_ticket", redeem_ticket)
    monkeypatch.setattr(accounts, "is_still_welcome", yes)
    monkeypatch.setattr(base, "aclose_old_connections", yes)
    monkeypatch.setattr(background, "log", Log())
    return stage


def person_of(number: int) -> Person:
    return Person(UUID(int=number), f"Person {number}", False, True, False, 1)
