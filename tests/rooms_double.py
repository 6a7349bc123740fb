"""In place of Postgres: a room whose rows are in memory, with the same conditional moves as the services make.

Its rules of the timeline and of waiting are the real ones. Nobody changes its people, its power or its queue.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from apps.accounts.domain import Person
from apps.common.errors import Invalid, Unavailable
from apps.common.events import room_group
from apps.rooms.domain import waiting
from apps.rooms.domain.commands import Command, Jump, Op, Outcome, apply_command, undo_to
from apps.rooms.domain.events import KIND_OF_CAUSE, EventKind, RoomEventData, kind_of_command
from apps.rooms.domain.members import Preset, Role
from apps.rooms.domain.patience import WaitRule
from apps.rooms.domain.playback import Cause, Timeline, position_at, rest
from apps.rooms.domain.rules import RoomRules
from apps.rooms.domain.waiting import Wish
from apps.rooms.selectors import Board, Entrance, Mark, News, Power
from apps.rooms.services import CommandResult, Message, SourceLook, WaitChange

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
POWER = Power(rev=0, rules=RoomRules(preset=Preset.FRIENDS, wait=WaitRule.SMART), stand_in=None, wishes=())
REPLAY_MAX, TAIL = 8, 5  # small, so that a short run meets both answers of an entrance


class Gate(Protocol):
    async def gate(self) -> None: ...


class Surroundings(Protocol):
    """What the double needs of the world."""

    def now_ms(self) -> float: ...

    def running(self) -> Gate: ...

    def post(self, group: str, frame: dict[str, Any]) -> None: ...


@dataclass
class OneRoom:
    """In place of Postgres: what ``rooms.live`` answers, each call whole or not at all."""

    world: Surroundings
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
        return await self.ask(lambda: News(self.timeline, self.events[after_seq:], POWER.rev))

    async def marks(self, room_ids: Collection[UUID]) -> dict[UUID, Mark]:
        return await self.ask(lambda: {ROOM: Mark(self.timeline.rev, self.seq, POWER.rev)})

    async def command(self, *, room_id: UUID, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
        return await self.ask(lambda: self._command(person, cid, wanted, lead_ms))

    async def say(self, *, room_id: UUID, person: Person, message: Message) -> RoomEventData | None:
        return await self.ask(lambda: self._say(person, message))

    async def power(self, *, room_id: UUID, user_ids: Collection[UUID]) -> tuple[Power, dict[str, Role]]:
        return await self.ask(lambda: (POWER, {str(uid): Role.MEMBER for uid in user_ids}))

    async def board(self, room_id: UUID) -> Board:
        return await self.ask(self._board)

    async def begin_wait(self, *, room_id: UUID, wish: Wish, lead_ms: int) -> WaitChange | None:
        change = partial(waiting.begin_wait, wish=wish, rule=POWER.rules.wait, lead_ms=lead_ms)
        return await self.ask(lambda: self._change(partial(change, now_ms=self.world.now_ms())))

    async def settle_wait(self, *, room_id: UUID, bid: str, done: Collection[str], lead_ms: int) -> WaitChange | None:
        change = partial(waiting.settle_wait, bid=bid, done=done, rule=POWER.rules.wait, lead_ms=lead_ms)
        return await self.ask(lambda: self._change(partial(change, now_ms=self.world.now_ms())))

    async def mind_source(self, *, room_id: UUID, lead_ms: int) -> SourceLook:
        return await self.ask(lambda: SourceLook(is_whole=True))

    async def rest_room(self, *, room_id: UUID, left_at_ms: float) -> None:
        await self.ask(lambda: self._change(partial(rest, left_at_ms=left_at_ms)))

    def _entrance(self, known_seq: int | None) -> Entrance:
        resumed = known_seq is not None and 0 <= self.seq - known_seq <= REPLAY_MAX
        first = known_seq if resumed and known_seq is not None else max(0, self.seq - TAIL)
        return Entrance(
            name="Friday", preset=POWER.rules.preset, title=FILM, role=Role.MEMBER, timeline=self.timeline,
            can=POWER.rights("", Role.MEMBER), events=self.events[first:], seq=self.seq, resumed=resumed,
            board=self._board(), starts_at=None, power=POWER,
        )  # fmt: skip

    def _board(self) -> Board:
        title = START.item
        return Board(self.seq, title, entries=[], titles={title: FILM}, next_rev=None, next_at_ms=None, poll=None)

    def _command(self, person: Person, cid: str, wanted: Command, lead_ms: int) -> CommandResult:
        before, key = self.timeline, (str(person.id), cid)
        if key in self.outcomes:
            return CommandResult(self.outcomes[key], before)
        wanted = self._complete(wanted)
        decision = apply_command(before, wanted, now_ms=self.world.now_ms(), lead_ms=lead_ms)
        if decision.outcome is Outcome.REFUSED:
            raise Invalid(decision.reason)
        self.outcomes[key] = decision.outcome
        if decision.outcome is not Outcome.APPLIED:
            return CommandResult(decision.outcome, before, reason=decision.reason)
        after = decision.timeline
        data = {"from_ms": str(round(position_at(before, after.made_ms))), "at_ms": str(after.made_ms)}
        self._put(after)
        kind, data = kind_of_command(wanted.op, after), data if wanted.op is Op.SEEK else {}
        event = self._tell(after, person, kind=kind, cid=cid, data=data)
        return CommandResult(Outcome.APPLIED, after, event)

    def _complete(self, wanted: Command) -> Command:
        if wanted.op is not Op.UNDO:
            return wanted
        jumps = [event for event in self.events if event.kind in {EventKind.SEEKED, EventKind.UNDONE}]
        last = jumps[-1].data if jumps else {}
        jump = Jump(float(last["from_ms"]), float(last["at_ms"])) if last else None
        return replace(wanted, position_s=undo_to(jump, self.world.now_ms()))

    def _put(self, after: Timeline) -> None:
        assert after.rev == self.timeline.rev + 1
        self.timeline = after

    def _change(self, change: Callable[[Timeline], Timeline | None]) -> WaitChange | None:
        before, after = self.timeline, change(self.timeline)
        if after is None:
            return None
        self._put(after)
        self.world.post(room_group(ROOM), {"t": "wake", "room": str(ROOM)})
        if not waiting.is_history(before, after):
            return WaitChange(after, None)
        late = after.wait.waiting_for if after.wait else ()
        told = {"why": after.wait.why.value} if after.wait else {}
        return WaitChange(after, self._tell(after, uid=late[0] if late else None, data=told))

    def _tell(
        self, after: Timeline, person: Person | None = None, *, kind: EventKind | None = None, **details: Any
    ) -> RoomEventData:
        position_s = position_at(after, after.at_ms) / 1000
        return self._record(kind or KIND_OF_CAUSE[after.cause], person, position_s=position_s, **details)

    def _say(self, person: Person, message: Message) -> RoomEventData | None:
        if any(event.by == str(person.id) and event.cid == message.cid for event in self.events):
            return None
        return self._record(EventKind.CHAT, person, cid=message.cid, text=message.text, position_s=message.position_s)

    def _record(self, kind: EventKind, person: Person | None, **details: Any) -> RoomEventData:
        by, name = (str(person.id), person.name) if person else (None, None)
        at = datetime.fromtimestamp(self.world.now_ms() / 1000, UTC)
        self.events.append(RoomEventData(seq=self.seq + 1, kind=kind, at=at, by=by, name=name, **details))
        return self.events[-1]
