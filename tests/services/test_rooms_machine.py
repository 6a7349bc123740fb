"""Any order of commands, talk and waits over real rows: numbers without gaps, one outcome per ``cid``, nothing lost.

After each step the snapshot of before and the events and the timeline of the step make the snapshot of after.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

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
from apps.common.errors import Conflict, Invalid
from apps.rooms import selectors, services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.events import EventKind
from apps.rooms.domain.playback import Command, Op, Outcome
from apps.rooms.models import Room, RoomCommand, RoomEvent, RoomTimeline
from apps.rooms.selectors import Entrance
from tests.accounts_cast import person
from tests.rooms_party import room_of

PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
PEOPLE = 3
numbers = count()

people = st.integers(0, PEOPLE - 1)
ops = st.sampled_from(list(Op))
amounts = st.integers(0, 11)


def value_of(op: Op, amount: int) -> dict[str, Any]:
    return {Op.SEEK: {"position_s": amount * 10.0}, Op.RATE: {"rate": 0.5 + amount / 8}}.get(op, {})


class Rooms(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        room_clock.probe()
        name = f"person{next(numbers)}"
        self.people: list[User] = [person(f"{name}-{index}") for index in range(PEOPLE)]
        self.room = room_of(*self.people)
        self.before = self.snapshot()
        self.sent: list[tuple[User, str, Command]] = []
        self.outcomes: dict[tuple[str, str], Outcome] = {}

    def snapshot(self) -> Entrance:
        return selectors.entrance(self.room.pk, self.people[0].pk, None)

    def carry_out(self, by: User, cid: str, wanted: Command) -> services.CommandResult:
        return services.command(room_id=self.room.pk, person=by.as_person(), cid=cid, wanted=wanted, lead_ms=100)

    @rule(who=people, op=ops, stale=st.integers(0, 3), amount=amounts)
    def command(self, who: int, op: Op, stale: int, amount: int) -> None:
        by, cid = self.people[who], f"c{next(numbers)}"
        base = max(0, self.before.timeline.rev - stale)
        wanted = Command(op=op, base=base, by=str(by.pk), **value_of(op, amount))
        result = self.carry_out(by, cid, wanted)
        applied = result.outcome is Outcome.APPLIED
        assert result.timeline.rev == self.before.timeline.rev + applied
        assert (result.event is not None) == applied
        self.sent.append((by, cid, wanted))
        self.outcomes[str(by.pk), cid] = result.outcome

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

    @rule(who=people)
    def begin_wait(self, who: int) -> None:
        was_playing = self.before.timeline.playing
        change = services.begin_wait(room_id=self.room.pk, uid=str(self.people[who].pk), lead_ms=100)
        assert (change is not None) == was_playing

    @rule(times=st.integers(1, 2))
    def end_wait(self, times: int) -> None:
        wait = self.before.timeline.wait
        bid = wait.bid if wait else "nothing"
        ended = [services.end_wait(room_id=self.room.pk, bid=bid, lead_ms=100) for _ in range(times)]
        assert [change is not None for change in ended] == [wait is not None, False][:times]

    @rule()
    def rest(self) -> None:
        services.rest_room(room_id=self.room.pk, left_at_ms=room_clock.now_ms())

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
        assert self.before.timeline.rev == before.timeline.rev + len(moves)
        assert moves or self.before.timeline == before.timeline

    @invariant()
    def each_revision_and_each_number_is_told_once(self) -> None:
        if hasattr(self, "sent"):
            check_history(self.room, self.outcomes)


def check_history(room: Room, outcomes: dict[tuple[str, str], Outcome]) -> None:
    rows = list(RoomEvent.objects.filter(room=room).order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    revisions = [row.rev for row in rows if row.rev is not None]
    assert revisions == list(range(2, RoomTimeline.objects.get(room=room).rev + 1))
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


@pytest.mark.django_db
def test_any_order_of_changes_keeps_what_a_room_promises() -> None:
    quick = settings(PATIENT, max_examples=12, stateful_step_count=20, derandomize=True)
    run_state_machine_as_test(RoomsInTransaction, settings=quick)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.django_db
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
