"""Any order of commands, talk and waits over real rows: numbers without gaps, one outcome per ``cid``, nothing lost.

After each step the snapshot of before and the events and the timeline of the step make the snapshot of after.
"""

import math
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.accounts.models import User
from apps.catalog.domain.titles import Availability
from apps.catalog.models import Title
from apps.common.errors import Conflict, Invalid
from apps.rooms import selectors, services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain import waiting
from apps.rooms.domain.commands import UNDO_MS, Command, Op, Outcome
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.patience import LEAST_MS
from apps.rooms.domain.playback import Barrier, Timeline, Why, position_at
from apps.rooms.domain.waiting import Wish
from apps.rooms.models import Room, RoomCommand, RoomEvent, RoomTimeline
from apps.rooms.selectors import Entrance
from tests.accounts_cast import person
from tests.rooms_party import ready_film, room_of

PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
PEOPLE = 3
LEAD_MS = 100
numbers = count()

people = st.integers(0, PEOPLE - 1)
ops = st.sampled_from([Op.PLAY, Op.SEEK, Op.ITEM, Op.RATE, Op.PAUSE])
amounts = st.integers(0, 11)
lates = st.dictionaries(people, st.sampled_from([25_000.0, 3_000.0, LEAST_MS, LEAST_MS - 1.0]), max_size=PEOPLE)


def value_of(op: Op, amount: int) -> dict[str, Any]:
    return {Op.SEEK: {"position_s": amount * 10.0}, Op.RATE: {"rate": 0.5 + amount / 8}}.get(op, {})


@dataclass
class Leap:
    """The last seek or step to another film."""

    before: Timeline
    after: Timeline

    def is_seen_at(self, base: int) -> bool:
        """A film that somebody had not seen come is not theirs to send away."""
        return self.before.item == self.after.item or self.after.rev <= base


class Rooms(RuleBasedStateMachine):
    """Room time goes on when a rule says so. ``silent``: revisions without a line in the history."""

    films: ClassVar[list[str]]
    clock: ClassVar[dict[str, float]]

    @initialize(is_playing=st.booleans())
    def open(self, is_playing: bool) -> None:
        name = f"person{next(numbers)}"
        self.people: list[User] = [person(f"{name}-{index}") for index in range(PEOPLE)]
        self.room = room_of(*self.people)
        Title.objects.filter(pk=self.room.title_id).update(availability=Availability.READY)  # it may be gone back to
        RoomTimeline.objects.filter(room=self.room).update(playing=is_playing, at_ms=self.now_ms)
        self.before = self.snapshot()
        self.sent: list[tuple[User, str, Command]] = []
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.silent: set[int] = set()
        self.jump: Leap | None = None

    @property
    def now_ms(self) -> float:
        return self.clock["now_ms"]

    def snapshot(self) -> Entrance:
        return selectors.entrance(self.room.pk, self.people[0].pk, None)

    def carry_out(self, by: User, cid: str, wanted: Command) -> services.CommandResult:
        return services.command(room_id=self.room.pk, person=by.as_person(), cid=cid, wanted=wanted, lead_ms=LEAD_MS)

    @rule(who=people, op=ops, stale=st.integers(0, 3), amount=amounts)
    def command(self, who: int, op: Op, stale: int, amount: int) -> None:
        by, cid, before = self.people[who], f"c{next(numbers)}", self.before.timeline
        value = {"item": self.films[amount % len(self.films)]} if op is Op.ITEM else value_of(op, amount)
        wanted = Command(op=op, base=max(0, before.rev - stale), by=str(by.pk), **value)
        result = self.carry_out(by, cid, wanted)
        applied = result.outcome is Outcome.APPLIED
        assert result.timeline.rev == before.rev + applied
        assert (result.event is not None) == applied
        if applied:
            self.follow_jumps(op, before, result.timeline)
        self.sent.append((by, cid, wanted))
        self.outcomes[str(by.pk), cid] = result.outcome

    @rule(who=people, stale=st.integers(0, 3))
    def undo(self, who: int, stale: int) -> None:
        base, jump = max(0, self.before.timeline.rev - stale), self.jump
        if jump is not None and self.now_ms - jump.after.made_ms <= UNDO_MS and jump.is_seen_at(base):
            self.command(who, Op.UNDO, stale, 0)
            return
        wanted = Command(op=Op.UNDO, base=base, by=str(self.people[who].pk))
        with pytest.raises(Invalid):
            self.carry_out(self.people[who], f"c{next(numbers)}", wanted)

    def follow_jumps(self, op: Op, before: Timeline, after: Timeline) -> None:
        if op in {Op.SEEK, Op.ITEM}:
            self.jump = Leap(before, after)
        elif op is Op.UNDO and self.jump is not None:
            furthest_ms = after.duration_ms or math.inf
            from_ms = position_at(self.jump.before, self.jump.after.made_ms)
            assert (after.item, after.position_ms) == (self.jump.before.item, min(round(from_ms), furthest_ms))
            self.jump = None

    @precondition(lambda self: self.sent)
    @rule(index=amounts)
    def send_again(self, index: int) -> None:
        by, cid, wanted = self.sent[index % len(self.sent)]
        again = self.carry_out(by, cid, wanted)
        assert (again.outcome, again.event) == (self.outcomes[str(by.pk), cid], None)
        assert again.timeline == self.before.timeline

    @rule(who=people)
    def command_from_the_future(self, who: int) -> None:
        by = self.people[who]
        wanted = Command(op=Op.PLAY, base=self.before.timeline.rev + 1, by=str(by.pk))
        with pytest.raises(Invalid):
            self.carry_out(by, f"c{next(numbers)}", wanted)

    @rule(who=people, times=st.integers(1, 2))
    def say(self, who: int, times: int) -> None:
        by, message = self.people[who], services.Message(f"c{next(numbers)}", "Hello", 1.0, None)
        told = [services.say(room_id=self.room.pk, person=by.as_person(), message=message) for _ in range(times)]
        assert [event is not None for event in told] == [True, False][:times]

    @rule(who=people, op=ops, amount=amounts, late=lates, ready=st.sets(people))
    def start_without_everybody(self, who: int, op: Op, amount: int, late: dict[int, float], ready: set[int]) -> None:
        """One after another in one step, because a wait in between has to follow its start."""
        self.command(who, op, 0, amount)
        self.what_was_and_what_happened_make_what_is()
        self.begin_wait(late, None, is_past=False, present=PEOPLE)
        self.what_was_and_what_happened_make_what_is()
        self.settle_wait(ready, is_other=False, times=1)

    @rule(late=lates, why=st.none() | st.sampled_from(Why), is_past=st.booleans(), present=st.integers(1, 5))
    def begin_wait(self, late: dict[int, float], why: Why | None, is_past: bool, present: int) -> None:
        before = self.before.timeline
        start = before.wait.bid if before.wait else str(before.rev)
        why = why or (before.wait.why if before.wait else waiting.WHY_OF_CAUSE.get(before.cause, Why.STALL))
        bid = f"stall{next(numbers)}" if why is Why.STALL or is_past else start
        wish = Wish(bid, why, {str(self.people[who].pk): left_ms for who, left_ms in late.items()}, present)
        change = services.begin_wait(room_id=self.room.pk, wish=wish, lead_ms=LEAD_MS)
        assert (change is not None) == self.is_worth_a_wait(wish)
        self.note_silence(change)

    def is_worth_a_wait(self, wish: Wish) -> bool:
        before = self.before.timeline
        late = {uid for uid, left_ms in wish.late.items() if left_ms >= LEAST_MS}
        if wish.present < 2 or not late:
            return False
        if before.wait is not None:
            is_same = wish.why is Why.STALL or wish.bid == before.wait.bid
            return is_same and not late <= set(before.wait.waiting_for)
        is_start = wish.bid == str(before.rev) and waiting.WHY_OF_CAUSE.get(before.cause) is wish.why
        return before.playing and (wish.why is Why.STALL or is_start)

    @rule(ready=st.sets(people), is_other=st.booleans(), times=st.integers(1, 2))
    def settle_wait(self, ready: set[int], is_other: bool, times: int) -> None:
        wait, done = self.before.timeline.wait, {str(self.people[who].pk) for who in ready}
        bid = wait.bid if wait and not is_other else "nothing"
        settled = [
            services.settle_wait(room_id=self.room.pk, bid=bid, done=done, lead_ms=LEAD_MS) for _ in range(times)
        ]
        moves = wait is not None and not is_other and self.is_news(wait, done)
        assert [change is not None for change in settled] == [moves, False][:times]
        self.note_silence(settled[0])

    def is_news(self, wait: Barrier, done: set[str]) -> bool:
        left = set(wait.waiting_for) - done
        is_enough = len(left) <= wait.present / 5 and self.now_ms >= wait.began_ms + waiting.ENOUGH_AFTER_MS
        return left != set(wait.waiting_for) or is_enough or self.now_ms + LEAD_MS >= wait.until_ms

    def note_silence(self, change: services.WaitChange | None) -> None:
        """That a wait belongs to a command, or that one of several is ready, is no line of the history."""
        if change is None:
            return
        before, after = self.before.timeline.wait, change.timeline.wait
        is_of_stall = Why.STALL in {wait.why for wait in (before, after) if wait}
        assert (change.event is not None) == (is_of_stall and (before is None) != (after is None))
        if change.event is None:
            self.silent.add(change.timeline.rev)

    @rule(seconds=st.sampled_from([0.2, 1.0, 4.0, 11.0]))
    def pass_time(self, seconds: float) -> None:
        self.clock["now_ms"] += seconds * 1000

    @rule()
    def rest(self) -> None:
        services.rest_room(room_id=self.room.pk, left_at_ms=self.now_ms)

    @invariant()
    def what_was_and_what_happened_make_what_is(self) -> None:
        if not hasattr(self, "sent"):
            return
        before, self.before = self.before, self.snapshot()
        missed = selectors.entrance(self.room.pk, self.people[1].pk, before.seq)
        assert missed.resumed
        assert [event.seq for event in missed.events] == list(range(before.seq + 1, self.before.seq + 1))
        assert (before.events + missed.events)[-selectors.TAIL :] == self.before.events
        moves = [event for event in missed.events if event.kind is not EventKind.CHAT]
        told = {row.rev for row in RoomEvent.objects.filter(room=self.room, seq__gt=before.seq, rev__isnull=False)}
        made = set(range(before.timeline.rev + 1, self.before.timeline.rev + 1))
        assert len(told) == len(moves)
        assert told | (self.silent & made) == made
        assert not told & self.silent
        assert made or self.before.timeline == before.timeline

    @invariant()
    def each_revision_and_each_number_is_told_once(self) -> None:
        if hasattr(self, "sent"):
            check_history(self.room, self.outcomes, self.silent)


def check_history(room: Room, outcomes: dict[tuple[str, str], Outcome], silent: Collection[int] = frozenset()) -> None:
    rows = list(RoomEvent.objects.filter(room=room).order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    revisions = [row.rev for row in rows if row.rev is not None]
    made = range(2, RoomTimeline.objects.get(room=room).rev + 1)
    assert revisions == [rev for rev in made if rev not in silent]
    assert set(silent) <= set(made)
    kept = {(str(row.by), row.cid): row.outcome for row in RoomCommand.objects.filter(room=room)}
    assert kept == outcomes
    told = {(str(row.by), row.cid) for row in rows if row.rev is not None and row.cid}
    assert told == {key for key, outcome in outcomes.items() if outcome is Outcome.APPLIED}


class RoomsInTransaction(Rooms):
    """Each example begins with an empty database."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Films to go on with, and a clock that stands still between two rules."""
    room_clock.probe()
    Rooms.films, Rooms.clock = [str(ready_film()) for _ in range(2)], {"now_ms": room_clock.now_ms()}
    monkeypatch.setattr(room_clock, "now_ms", lambda: Rooms.clock["now_ms"])
    yield
    del Rooms.films, Rooms.clock


@pytest.mark.usefixtures("stage")
def test_any_order_of_changes_keeps_what_a_room_promises() -> None:
    quick = settings(PATIENT, max_examples=25, stateful_step_count=12, derandomize=True)
    run_state_machine_as_test(RoomsInTransaction, settings=quick)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("stage")
def test_any_other_order_of_changes_keeps_what_a_room_promises() -> None:
    run_state_machine_as_test(RoomsInTransaction, settings=settings(PATIENT, max_examples=500, stateful_step_count=50))


@pytest.mark.django_db
@pytest.mark.parametrize("is_chat_first", [True, False])
def test_one_cid_is_the_name_of_one_thing(is_chat_first: bool) -> None:
    """The second thing of this name is refused aloud: it is neither kept nor taken for the first one."""
    alice = person("alice")
    room, who = room_of(alice), alice.as_person()
    room_clock.probe()

    def say() -> None:
        services.say(room_id=room.pk, person=who, message=services.Message("same", "Hello", 1.0, None))

    def play() -> None:
        wanted = Command(op=Op.PLAY, base=1, by=str(alice.pk))
        services.command(room_id=room.pk, person=who, cid="same", wanted=wanted, lead_ms=100)

    first, second = (say, play) if is_chat_first else (play, say)
    first()
    with pytest.raises(Conflict):
        second()
    assert RoomEvent.objects.filter(room=room, cid="same").count() == 1
    assert RoomTimeline.objects.get(room=room).playing is not is_chat_first


@pytest.mark.django_db(transaction=True)
def test_people_who_press_at_the_same_moment_are_served_one_after_another() -> None:
    """Six hands, each command sent twice, all on the first revision."""
    everybody = [person(f"hand-{index}") for index in range(6)]
    room = room_of(*everybody)
    room_clock.probe()
    together = threading.Barrier(len(everybody))

    def press(who: int) -> list[tuple[tuple[str, str], Outcome]]:
        by, found = everybody[who], []
        together.wait(10)
        try:
            for number, op in enumerate([Op.PLAY, Op.SEEK, Op.RATE, Op.PAUSE] * 3):
                key = (str(by.pk), f"c{number // 2 if who % 2 else number}")
                wanted = Command(op=op, base=1, by=str(by.pk), **value_of(op, (who + number) % 12))
                result = services.command(
                    room_id=room.pk, person=by.as_person(), cid=key[1], wanted=wanted, lead_ms=100
                )
                services.say(
                    room_id=room.pk, person=by.as_person(), message=services.Message(f"say {number}", "x", 0, None)
                )
                found.append((key, result.outcome))
        finally:
            connections.close_all()
        return found

    with ThreadPoolExecutor(len(everybody)) as threads:
        answers = [answer for found in threads.map(press, range(len(everybody))) for answer in found]
    outcomes: dict[tuple[str, str], Outcome] = {}
    for key, outcome in answers:
        assert outcomes.setdefault(key, outcome) is outcome, "one cid, one outcome"
    check_history(room, outcomes)
    assert RoomEvent.objects.filter(room=room, kind=EventKind.CHAT).count() == 12 * len(everybody)
