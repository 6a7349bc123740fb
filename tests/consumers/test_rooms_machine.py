"""Whatever happens to a room in whatever order, everybody who is in it ends at the same revision, state and history.

Two processes, four pages: they join, leave, command on what they know and on what they knew, talk, say it again and
stall; processes are killed, slow and cut off from the database; frames between them are lost, doubled, out of order.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from apps.rooms.domain import waiting
from apps.rooms.domain.commands import Outcome
from consumers import frames, strict
from tests.rooms_double import START
from tests.rooms_page import Page
from tests.rooms_world import Line, Stage, World, person_of, set_stage

PAGES = 4
CONVERGED_WITHIN_S = 3.0
PATIENCE_S = 30.0  # for the chat of somebody who said more than the limits let through
QUICK_RUNS, RUNS, SHARES = 300, 10_000, 4
STEPS = 30
PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck), stateful_step_count=STEPS, database=None)

which = st.integers(0, 11)
pages = st.integers(0, PAGES - 1)
processes = st.integers(0, 1)


class Party(RuleBasedStateMachine):
    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.world = self.stage.world = World()
        self.people = [Page(number) for number in range(1, PAGES + 1)]
        self.ghosts: list[Line] = []
        self.count = 0

    def next_cid(self) -> str:
        self.count += 1
        return f"c{self.count}"

    @initialize(present=st.integers(0, PAGES), is_playing=st.booleans())
    def begin(self, present: int, is_playing: bool) -> None:
        """Most runs find people in the room, and many the film on."""
        self.world.room.timeline = replace(START, playing=is_playing)
        for number, page in enumerate(self.people[:present]):
            page.enter(self.world.processes[number % 2])
            page.hear()

    @rule(page=pages, process=processes)
    def join(self, page: int, process: int) -> None:
        """Again too: the tab comes back before the server has heard that its first connection is gone."""
        self.people[page].enter(self.world.processes[process])

    @rule(page=pages)
    def leave(self, page: int) -> None:
        self.people[page].hang_up()

    @rule(page=pages, is_broken=st.booleans())
    def lose_the_connection(self, page: int, is_broken: bool) -> None:
        """What was on its way to the page is lost, and our side has not heard of it."""
        line, self.people[page].line = self.people[page].line, None
        if line is not None:
            line.is_broken = is_broken
            self.ghosts.append(line)

    @rule(index=which)
    def notice_a_lost_connection(self, index: int) -> None:
        if self.ghosts:
            self.ghosts.pop(index % len(self.ghosts)).end()

    @rule(page=pages)
    def open_a_new_tab(self, page: int) -> None:
        old = self.people[page]
        old.hang_up()
        self.people[page] = Page(old.number, said=old.said, unheard=old.unheard)

    @rule(
        page=pages, op=st.sampled_from(["play", "pause", "seek", "rate", "undo"]), stale=st.integers(0, 3), amount=which
    )
    def command(self, page: int, op: str, stale: int, amount: int) -> None:
        who = self.people[page]
        value = {"seek": {"position": amount * 10}, "rate": {"rate": 0.5 + amount / 8}}.get(op, {})
        who.sent.append({"t": "cmd", "cid": self.next_cid(), "base": max(0, who.rev - stale), "op": op} | value)
        who.send(who.sent[-1])

    @rule(page=pages, index=which)
    def command_twice(self, page: int, index: int) -> None:
        who = self.people[page]
        if who.sent:
            who.send(who.sent[index % len(who.sent)])

    @rule(page=pages)
    def say(self, page: int) -> None:
        self.people[page].say(self.next_cid())

    @rule(page=pages)
    def say_again(self, page: int) -> None:
        who = self.people[page]
        for cid in list(who.unheard):
            who.deliver(cid)

    @rule(page=pages, stall=st.booleans(), is_abreast=st.booleans(), seconds=st.sampled_from([0.0, 2.1]))
    def report(self, page: int, stall: bool, is_abreast: bool, seconds: float) -> None:
        """That the film plays or stands still, and does so for a while."""
        who = self.people[page]
        if is_abreast:
            who.hear()
        status = {"rev": who.rev, "e": 0, "buf": 0, "stall": stall, "rate": 1, "level": 0, "rtt": 40, "vis": True}
        who.send({"t": "st"} | status)
        wait = who.timeline and who.timeline["wait"]
        if wait and not stall:
            who.send({"t": "ready", "bid": wait["bid"], "ok": True})
        self.world.advance(seconds)

    @rule(page=pages, other=pages, op=st.sampled_from(["play", "seek", "undo"]), amount=which)
    def command_what_somebody_is_not_ready_for(self, page: int, other: int, op: str, amount: int) -> None:
        who = self.people[other]
        self.command(page, op, 0, amount)
        who.hear()
        wait = who.timeline and who.timeline["wait"]
        who.send({"t": "ready", "bid": wait["bid"] if wait else str(who.rev), "ok": False})

    @rule(page=pages, most=st.integers(1, 5))
    def hear(self, page: int, most: int) -> None:
        self.people[page].hear(most)

    @rule(index=which)
    def deliver(self, index: int) -> None:
        self.world.deliver(index)

    @rule(index=which)
    def deliver_twice(self, index: int) -> None:
        self.world.deliver(index, keeps=True)

    @rule(index=which)
    def lose(self, index: int) -> None:
        if self.world.in_flight:
            self.world.in_flight.pop(index % len(self.world.in_flight))

    @rule(seconds=st.sampled_from([0.1, 0.7, 1.0, 3.0, 20.0]))
    def wait(self, seconds: float) -> None:
        self.world.advance(seconds)

    @rule(process=processes)
    def crash(self, process: int) -> None:
        dead = self.world.crash(process)
        for page in self.people:
            if page.line is not None and page.line.process is dead:
                page.line = None

    @rule(process=processes)
    def slow_down(self, process: int) -> None:
        """From now on its calls of the database wait for ``proceed``: before their commit, and after it."""
        self.world.processes[process].is_slow = True

    @rule(process=processes, index=which)
    def proceed(self, process: int, index: int) -> None:
        self.world.processes[process].proceed(index)

    @rule(process=processes)
    def speed_up(self, process: int) -> None:
        self.world.processes[process].thaw()

    @rule(has_redis=st.booleans())
    def redis(self, has_redis: bool) -> None:
        self.world.has_redis = has_redis

    @rule(is_away=st.booleans())
    def database(self, is_away: bool) -> None:
        self.world.room.is_away = is_away

    # --- the end of every run ---
    def teardown(self) -> None:
        try:
            self.calm_down()
            self.pass_time(CONVERGED_WITHIN_S)
            self.check()
            self.wait_for_chat()
            self.check()
            for page in self.people:
                self.check_promises(page)
            assert self.world.faults == []
        finally:
            self.world.end()

    def calm_down(self) -> None:
        """All faults end; what was between the processes is lost, and connections that were lost are noticed."""
        self.world.has_redis, self.world.room.is_away = True, False
        self.world.in_flight.clear()
        for process in self.world.processes:
            process.thaw()
        for ghost in self.ghosts:
            ghost.end()

    def pass_time(self, seconds: float) -> None:
        """Everybody comes back, reads what comes, and says what was not heard."""
        for _ in range(round(seconds * 2)):
            for number, page in enumerate(self.people):
                if page.line is None:
                    page.enter(self.world.processes[number % 2])
                for cid in list(page.unheard)[:1]:
                    page.deliver(cid)
            self.flow()
            self.world.advance(0.5)
        self.flow()

    def wait_for_chat(self) -> None:
        until_s = self.world.now_s + PATIENCE_S
        while any(page.unheard for page in self.people) and self.world.now_s < until_s:
            self.pass_time(1.0)

    def flow(self) -> None:
        while self.world.in_flight or sum(page.hear() for page in self.people):
            self.world.deliver(0)

    def check(self) -> None:
        room = self.world.room
        truth = strict.as_json(frames.timeline_body(room.timeline))
        history = {event.seq: strict.as_json(frames.event_body(event)) for event in room.events}
        for page in self.people:
            assert (page.rev, page.timeline) == (room.timeline.rev, truth)
            assert page.seq == room.seq
            first = min(page.lines, default=room.seq + 1)
            assert page.lines == {seq: event for seq, event in history.items() if seq >= first}

    def check_promises(self, page: Page) -> None:
        """What was acknowledged is kept, once; what was said has been heard by who said it."""
        me, room = str(person_of(page.number).id), self.world.room
        kept = [event.cid for event in room.events if event.by == me and event.cid]
        assert len(kept) == len(set(kept))
        assert page.unheard == {}
        assert set(page.said) <= set(kept)
        for frame in page.sent:
            answer: dict[str, Any] = page.answers.get(frame["cid"], {"ok": False})
            outcome = room.outcomes.get((me, frame["cid"]))
            assert not answer["ok"] or outcome is not None
            assert (outcome is Outcome.APPLIED) == (frame["cid"] in kept)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """People stall soon, so that a short run meets waits too."""
    monkeypatch.setattr(waiting, "SETTLED_IN_S", 1.0, raising=False)
    monkeypatch.setattr(waiting, "SETTLED_MS", 500, raising=False)
    Party.stage = set_stage(monkeypatch)
    yield Party.stage
    del Party.stage


def run(count: int, **how: Any) -> None:
    started = time.monotonic()
    run_state_machine_as_test(Party, settings=settings(PATIENT, max_examples=count, **how))
    print(f"{count} runs of up to {STEPS} steps in {time.monotonic() - started:.1f} s: everybody at the same revision")


def test_everybody_ends_at_the_same_revision_whatever_happens(stage: Stage) -> None:
    run(QUICK_RUNS, derandomize=True)


def test_what_happens_while_somebody_enters_is_neither_lost_nor_told_twice(stage: Stage) -> None:
    """They enter, the room moves on, and moves on again while what they missed is being read."""
    world = stage.world = World()
    alice, bob, carol = Page(1), Page(2), Page(3)
    alice.enter(world.processes[1])
    carol.enter(world.processes[0])
    world.processes[0].is_slow = True
    bob.enter(world.processes[0])
    world.processes[0].proceed(0)  # what bob finds has been read, but not arrived
    for cid in ("one", "two"):
        alice.say(cid)
        world.deliver(0)
        world.processes[0].proceed(0)
    world.processes[0].thaw()
    for page in (alice, bob, carol):
        page.hear()
    world.end()
    assert [event["cid"] for event in bob.lines.values()] == ["one", "two"]
    assert bob.lines == carol.lines


def test_a_connection_that_broke_a_moment_ago_costs_nobody_else_anything(stage: Stage) -> None:
    world = stage.world = World()
    alice, bob, carol = Page(1), Page(2), Page(3)
    for page in (alice, bob, carol):
        page.enter(world.processes[0])
        page.hear()
    assert alice.line is not None
    alice.line.is_broken = True
    bob.send({"t": "cmd", "cid": "one", "base": 1, "op": "play"})
    bob.say("two")
    for page in (bob, carol):
        page.hear()
    world.end()
    assert world.faults == []
    assert (carol.rev, carol.seq) == (2, 2)
    assert bob.answers["one"]["ok"]


def test_who_says_hello_while_the_database_is_away_is_sent_to_come_back(stage: Stage) -> None:
    world = stage.world = World()
    world.room.is_away = True
    alice = Page(1)
    alice.enter(world.processes[0])
    alice.hear()
    world.end()
    assert alice.line is None


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("share", range(SHARES))  # each with a seed of its own: `-n 2` divides the hour
def test_everybody_ends_at_the_same_revision_in_ten_thousand_runs(stage: Stage, share: int) -> None:
    run(RUNS // SHARES)
