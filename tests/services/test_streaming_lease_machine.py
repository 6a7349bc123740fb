"""The life of all units of a film as a state machine: workers claim, publish, crash and finish while viewers ask.

Whatever happens in whatever order, each (rung, segment) that is not published is in exactly one open unit.
"""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
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
from streaming_rows import add_track, piece, ready_asset, unit_of

from apps.streaming.adapters import store
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.progress import empty_bitmap, has_bit, missing
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import abandoning, demand, leases, playheads, publishing

COUNT = 30
GRID = Segments(25, tuple(range(0, COUNT * 100, 100)), COUNT * 100, (100,) * COUNT)
PICTURES, SOUNDS = ("v480", "v720"), ("a-jpn-5", "a-fre-6")
RUNGS = (*PICTURES, *SOUNDS)
NEAR_SOUND = 2  # as with pictures: the film is short
PLAYERS = (UUID(int=1), UUID(int=2))
OPEN = (UnitState.PENDING, UnitState.LEASED)
PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck))


def ignore(*_: object) -> None:
    raise AssertionError("a unit that moves forward was given up")


class Leases(RuleBasedStateMachine):
    @initialize()
    def plan(self) -> None:
        self.asset = ready_asset(state=AssetState.PLAYABLE)
        for name in RUNGS:
            track = add_track(self.asset, name, state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE)
            Rendition.objects.filter(pk=track.pk).update(
                segment_data=GRID.to_json(), segment_count=COUNT, bitmap=empty_bitmap(COUNT)
            )
        tracks = self.asset.renditions.filter(name__in=PICTURES)
        for first in range(0, COUNT, 15):
            unit_of(tracks[0], first, first + 15, rungs=list(PICTURES))
        unit_of(self.track(SOUNDS[0]), 0, COUNT, rungs=list(SOUNDS), kind=UnitKind.AUDIO)
        self.workers: list[WorkUnit] = []
        self.published: Counter[tuple[str, int]] = Counter()

    def track(self, name: str) -> Rendition:
        return Rendition.objects.get(asset=self.asset, name=name)

    @rule()
    def claim(self) -> None:
        if unit := leases.claim():
            self.workers.append(unit)

    @precondition(lambda self: self.workers)
    @rule(which=st.integers(0, 9), steps=st.integers(1, 6))
    def work(self, which: int, steps: int) -> None:
        """Publish the next missing segments of a unit as its worker knows it, which may be out of date."""
        unit = self.workers[which % len(self.workers)]
        for _ in range(steps):
            todo = [
                (rung, i) for rung in unit.rungs for i in missing(bytes(self.track(rung).bitmap), unit.first, unit.last)
            ]
            if not todo:
                return
            rung, index = min(todo, key=lambda pair: pair[1])
            store.publish_bytes(b"x", store.folder(self.asset.pk, 1) / rung / f"{index:05d}.m4s")
            try:
                was_there = has_bit(bytes(self.track(rung).bitmap), index)
                if (
                    publishing.record_segment(unit, self.track(rung), index, piece(1), GRID.duration_s(index))
                    and not was_there
                ):
                    self.published[rung, index] += 1
            except leases.LeaseLost:
                self.workers.remove(unit)
                return

    @precondition(lambda self: self.workers)
    @rule(which=st.integers(0, 9))
    def finish(self, which: int) -> None:
        """As ``make_tracks`` does: look again at what is left, end when nothing is."""
        unit = self.workers[which % len(self.workers)]
        try:
            leases.heartbeat(unit)
            if not any(missing(bytes(self.track(rung).bitmap), unit.first, unit.last) for rung in unit.rungs):
                leases.finish(unit)
                self.workers.remove(unit)
        except leases.LeaseLost:
            self.workers.remove(unit)

    @precondition(lambda self: self.workers)
    @rule(which=st.integers(0, 9))
    def find_no_room(self, which: int) -> None:
        unit = self.workers.pop(which % len(self.workers))
        try:
            leases.put_back(unit)
        except leases.LeaseLost:
            return
        WorkUnit.objects.filter(pk=unit.pk).update(not_before=None)

    @precondition(lambda self: self.workers)
    @rule(which=st.integers(0, 9), forgets=st.booleans())
    def crash(self, which: int, forgets: bool) -> None:
        """Killed (gone), or only asleep past its lease: then it goes on with what it believes to own."""
        unit = self.workers[which % len(self.workers)]
        if forgets:
            self.workers.remove(unit)
        expired = timezone.now() - timedelta(seconds=1)
        WorkUnit.objects.filter(pk=unit.pk, state=UnitState.LEASED).update(leased_until=expired, failures=0)
        leases.reap(ignore)

    @rule(rung=st.sampled_from(RUNGS), index=st.integers(0, COUNT - 1))
    def ask(self, rung: str, index: int) -> None:
        answer = demand.want_segment(self.asset.pk, rung, index)
        assert answer in {demand.Answer.MADE, demand.Answer.COMING}
        assert answer == demand.Answer.COMING or has_bit(bytes(self.track(rung).bitmap), index)

    @rule(player=st.sampled_from(PLAYERS), rung=st.sampled_from(RUNGS), index=st.integers(0, COUNT - 1))
    def look_elsewhere(self, player: UUID, rung: str, index: int) -> None:
        abandoning.leave_others(player, self.asset.pk, rung, index)
        answer = demand.want_segment(self.asset.pk, rung, index, player=player)
        assert answer in {demand.Answer.MADE, demand.Answer.COMING}

    @rule(player=st.sampled_from(PLAYERS), rung=st.sampled_from(RUNGS), index=st.integers(0, COUNT - 1))
    def leave(self, player: UUID, rung: str, index: int) -> None:
        abandoning.leave(player, self.asset.pk, rung, index)

    @rule(position_s=st.floats(0, COUNT * 4))
    def watch(self, position_s: float) -> None:
        playheads.expect_playback(title_id=self.asset.title_id, position_s=position_s)

    @rule()
    def go_away(self) -> None:
        WorkUnit.objects.update(wanted_at=timezone.now() - timedelta(hours=1))
        abandoning.forget_wishes()

    @invariant()
    def each_missing_segment_is_in_one_open_unit(self) -> None:
        if not hasattr(self, "published"):
            return
        held = Counter(
            (rung, index)
            for unit in WorkUnit.objects.filter(state__in=OPEN)
            for rung in unit.rungs
            for index in range(unit.first, unit.last)
        )
        lacking = {(rung, index) for rung in RUNGS for index in missing(bytes(self.track(rung).bitmap), 0, COUNT)}
        assert not lacking - held.keys(), "a segment that nobody will make"
        assert max(held.values(), default=1) == 1, "a segment that two units make"
        assert max(self.published.values(), default=1) == 1, "a segment that was published twice"


class LeasesInTransaction(Leases):
    """Each example begins with an empty database."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)


@pytest.mark.django_db
def test_each_segment_is_made_by_one_unit_whatever_happens(monkeypatch):
    monkeypatch.setattr(demand, "places_for", lambda _: 100)
    monkeypatch.setattr(demand, "NEAR_SOUND", NEAR_SOUND)
    quick = settings(PATIENT, max_examples=8, stateful_step_count=20, derandomize=True)  # the same ones each time
    run_state_machine_as_test(LeasesInTransaction, settings=quick)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.django_db
def test_each_segment_is_made_by_one_unit_whatever_else_happens(monkeypatch):
    monkeypatch.setattr(demand, "places_for", lambda _: 100)
    monkeypatch.setattr(demand, "NEAR_SOUND", NEAR_SOUND)
    run_state_machine_as_test(LeasesInTransaction, settings=settings(PATIENT, max_examples=100, stateful_step_count=50))
