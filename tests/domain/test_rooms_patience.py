"""Whom a room waits for, and that nobody uses up the others' patience."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.domain.commands import Command, Op, apply_command
from apps.rooms.domain.patience import (
    BUDGET_MS,
    BUDGET_WINDOW_MS,
    LEAST_MS,
    SKIPPED_MS,
    Attendee,
    Ledger,
    WaitRule,
    counts,
    is_watching,
)
from apps.rooms.domain.playback import Cause, Timeline, Why
from apps.rooms.domain.waiting import Wish, begin_wait, settle_wait

PLAYING = Timeline(
    rev=5, epoch=1, item="film", position_ms=0, rate=1.0, at_ms=0, playing=True, duration_ms=6_000_000,
    cause=Cause.PLAY,
)  # fmt: skip
BOB = Attendee("bob", "member", "playing", 30.0)


@pytest.mark.parametrize(
    ("who", "attendee", "watches", "is_waited_for"),
    [
        ("somebody who watches", BOB, True, True),
        ("somebody whose film stands still", replace(BOB, state="buffering"), True, True),
        ("a background tab", replace(BOB, state="away"), False, False),
        ("a companion", replace(BOB, role="companion"), False, False),
        ("somebody who has only the remote open", replace(BOB, companion=True), False, False),
        ("a socket that just broke", replace(BOB, state="reconnecting", state_s=2.9), True, True),
        ("a socket that is gone", replace(BOB, state="reconnecting", state_s=3.1), False, False),
        ("somebody who said so", replace(BOB, nowait=True), True, False),
        ("somebody who left", replace(BOB, state="left"), False, False),
    ],
)
def test_who_counts(who: str, attendee: Attendee, watches: bool, is_waited_for: bool) -> None:
    assert (is_watching(attendee), counts(attendee)) == (watches, is_waited_for), who


def waited(ledger: Ledger, now_ms: float, for_ms: float, uid: str = "bob", cause: Cause = Cause.RESUME) -> None:
    """A wait of ``for_ms`` that ended ``now_ms``."""
    wish = Wish("b", Why.STALL, {uid: BUDGET_MS}, 2)
    still = begin_wait(PLAYING, wish, rule=WaitRule.ALWAYS, now_ms=now_ms - for_ms, lead_ms=0)
    assert still is not None
    ledger.note(PLAYING, still)
    ledger.note(still, replace(PLAYING, cause=cause, made_ms=round(now_ms)))


def test_waits_are_paid_from_a_budget_that_fills_again() -> None:
    ledger = Ledger()
    waited(ledger, 100_000, 8_000)
    waited(ledger, 200_000, 7_000)
    assert ledger.left_ms("bob", 200_000) == 10_000
    assert ledger.left_ms("eve", 200_000) == BUDGET_MS
    assert ledger.left_ms("bob", 100_000 + BUDGET_WINDOW_MS) == 18_000
    assert ledger.left_ms("bob", 200_000 + BUDGET_WINDOW_MS) == BUDGET_MS


def test_each_pays_until_they_were_ready() -> None:
    ledger = Ledger()
    wish = Wish("b", Why.STALL, {"bob": BUDGET_MS, "eve": BUDGET_MS}, 9)
    still = begin_wait(PLAYING, wish, rule=WaitRule.SMART, now_ms=1_000, lead_ms=0)
    assert still is not None
    fewer = settle_wait(still, bid="b", done=["bob"], rule=WaitRule.SMART, now_ms=3_000, lead_ms=0)
    assert fewer is not None
    on = settle_wait(fewer, bid="b", done=["eve"], rule=WaitRule.SMART, now_ms=4_500, lead_ms=0)
    assert on is not None
    for before, after in ((None, PLAYING), (PLAYING, still), (still, fewer), (fewer, on)):
        ledger.note(before, after)
    assert (BUDGET_MS - ledger.left_ms("bob", 5_000), BUDGET_MS - ledger.left_ms("eve", 5_000)) == (2_000, 3_500)


def test_who_was_skipped_is_not_waited_for_again_for_a_minute() -> None:
    ledger = Ledger()
    waited(ledger, 50_000, 2_000, cause=Cause.PLAY)
    assert ledger.is_skipped("bob", 50_000 + SKIPPED_MS - 1)
    assert not ledger.is_skipped("bob", 50_000 + SKIPPED_MS)
    assert not ledger.is_skipped("eve", 50_001)
    waited(ledger, 300_000, 2_000, uid="eve")
    assert not ledger.is_skipped("eve", 300_001), "it ended by itself"


def test_play_is_what_skips() -> None:
    ledger = Ledger()
    wish = Wish("b", Why.STALL, {"bob": BUDGET_MS}, 2)
    still = begin_wait(PLAYING, wish, rule=WaitRule.SMART, now_ms=1_000, lead_ms=0)
    assert still is not None
    for op, is_skipped in ((Op.PAUSE, False), (Op.PLAY, True)):
        after = apply_command(still, Command(op, still.rev, "alice"), now_ms=3_000, lead_ms=0).timeline
        ledger.note(still, after)
        assert ledger.is_skipped("bob", 3_001) is is_skipped


@given(st.lists(st.tuples(st.integers(0, 90_000), st.integers(100, 9_000)), max_size=60))
def test_nobody_costs_the_others_more_than_the_budget_in_any_ten_minutes(stalls: list[tuple[int, int]]) -> None:
    """Somebody stalls again and again, ready after the second number; the room plays for the first in between."""
    ledger, timeline, now_ms = Ledger(), PLAYING, 0.0
    spells: list[tuple[float, float]] = []
    for plays_ms, ready_ms in stalls:
        now_ms += plays_ms
        wish = Wish(f"b{now_ms}", Why.STALL, {"bob": ledger.left_ms("bob", now_ms)}, 2)
        still = begin_wait(timeline, wish, rule=WaitRule.SMART, now_ms=now_ms, lead_ms=0)
        if still is None:
            assert wish.late["bob"] < LEAST_MS
            continue
        assert still.wait is not None
        ledger.note(timeline, still)
        began_ms, now_ms = now_ms, min(now_ms + ready_ms, float(still.wait.until_ms))
        on = settle_wait(still, bid=wish.bid, done=["bob"], rule=WaitRule.SMART, now_ms=now_ms, lead_ms=0)
        assert on is not None
        ledger.note(still, on)
        timeline = on
        spells.append((began_ms, now_ms))
    for _, end_ms in spells:
        inside = [min(to_ms, end_ms) - max(from_ms, end_ms - BUDGET_WINDOW_MS) for from_ms, to_ms in spells]
        assert sum(cost for cost in inside if cost > 0) <= BUDGET_MS + len(spells)
