"""When a room waits for people, and that each wait begins once, ends once and has a deadline."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.domain.commands import Command, Op, Outcome, apply_command
from apps.rooms.domain.patience import BUDGET_MS, WaitRule
from apps.rooms.domain.playback import SKIPPABLE_MS, Barrier, Cause, Timeline, Why, position_at, rest
from apps.rooms.domain.waiting import (
    ENOUGH_AFTER_MS,
    MOST_MS,
    OBJECTION_MS,
    Stall,
    Wish,
    begin_wait,
    deserves_wait,
    is_history,
    is_over,
    may_object,
    next_turn_ms,
    objection,
    settle_wait,
)

PLAYING = Timeline(
    rev=5, epoch=1, item="film", position_ms=0, rate=1.0, at_ms=0, playing=True, duration_ms=600_000, cause=Cause.PLAY,
)  # fmt: skip
STALL = Stall(stalled_s=1.0, here_s=60.0)
NOW = 30_000.0
LEAD, REST = 100, 80
WISH = Wish("b", Why.STALL, {"bob": BUDGET_MS}, present=2)


def waits(stall: Stall = STALL, timeline: Timeline = PLAYING, present: int = 2, now_ms: float = NOW) -> bool:
    return deserves_wait(stall, timeline, now_ms=now_ms, present=present)


def begin(
    timeline: Timeline = PLAYING, wish: Wish = WISH, rule: WaitRule = WaitRule.SMART, now_ms: float = NOW
) -> Timeline | None:
    return begin_wait(timeline, wish, rule=rule, now_ms=now_ms, lead_ms=LEAD)


def begun(wish: Wish = WISH, rule: WaitRule = WaitRule.SMART, timeline: Timeline = PLAYING) -> Timeline:
    still = begin(timeline, wish, rule)
    assert still is not None
    assert still.wait is not None
    return still


def settle(timeline: Timeline, *done: str, after_ms: float = 500, rule: WaitRule = WaitRule.SMART) -> Timeline | None:
    bid = timeline.wait.bid if timeline.wait else "b"
    return settle_wait(timeline, bid=bid, done=done, rule=rule, now_ms=NOW + after_ms, lead_ms=LEAD)


def test_nobody_is_waited_for_at_the_end_of_the_film() -> None:
    """There is nothing left to be late for, and what was settled about the next film would be open again."""
    over = replace(PLAYING, duration_ms=1)
    assert waits() is True
    assert waits(timeline=over) is False
    assert begin(over) is None


def scheduled(cause: Cause = Cause.SEEK, *, made_ms: float = NOW, lead: int = LEAD) -> Timeline:
    """A start that was just agreed on."""
    return replace(PLAYING, cause=cause, position_ms=90_000, at_ms=round(made_ms) + lead, made_ms=round(made_ms))


# --- stalls ----------------------------------------------------------------------------------------------------
def test_a_stall_in_the_middle_of_the_film_stops_the_room() -> None:
    assert waits()


@pytest.mark.parametrize(
    ("why", "no_wait"),
    [
        ("too short", lambda: waits(replace(STALL, stalled_s=0.7))),
        ("a joiner stops nobody", lambda: waits(replace(STALL, here_s=19.0))),
        ("alone", lambda: waits(present=1)),
        ("paused anyway", lambda: waits(timeline=replace(PLAYING, playing=False))),
        ("just started", lambda: waits(now_ms=2_000)),
    ],
)
def test_no_wait(why: str, no_wait: object) -> None:
    assert no_wait() is False, why


@pytest.mark.parametrize(
    ("rule", "left_ms", "is_waited_for"),
    [
        (WaitRule.NEVER, BUDGET_MS, False),
        (WaitRule.SMART, BUDGET_MS, True),
        (WaitRule.SMART, 999, False),
        (WaitRule.ALWAYS, -5_000, True),
    ],
)
def test_the_rule_of_the_room_decides(rule: WaitRule, left_ms: float, is_waited_for: bool) -> None:
    still = begin(wish=replace(WISH, late={"bob": left_ms}), rule=rule)
    assert (still is not None) is is_waited_for


def test_a_wait_lasts_no_longer_than_what_is_left_of_the_budget() -> None:
    still = begun(replace(WISH, late={"bob": 2_500.0, "gwen": 900.0}))
    assert still.wait is not None
    assert (still.wait.waiting_for, still.wait.until_ms) == (("bob",), 32_500)
    always = begun(replace(WISH, late={"bob": 2_500.0}), WaitRule.ALWAYS)
    assert always.wait is not None
    assert always.wait.until_ms == NOW + MOST_MS[Why.STALL]


@given(st.floats(0, 500_000), st.integers(80, 400), st.floats(0, 20_000))
def test_a_wait_loses_nothing_of_the_film(now_ms: float, lead: int, waited_ms: float) -> None:
    still = begin_wait(PLAYING, WISH, rule=WaitRule.SMART, now_ms=now_ms, lead_ms=lead)
    assert still is not None
    assert still.wait is not None
    assert (still.playing, still.rev, still.cause, still.by) == (False, 6, Cause.WAIT, None)
    assert still.wait.until_ms - now_ms <= MOST_MS[Why.STALL] + 1
    assert abs(position_at(still, still.at_ms) - position_at(PLAYING, still.at_ms)) <= 0.5
    later_ms = now_ms + lead + waited_ms
    on = settle_wait(still, bid="b", done=["bob"], rule=WaitRule.SMART, now_ms=later_ms, lead_ms=lead)
    assert on is not None
    assert (on.playing, on.wait, on.position_ms, on.cause) == (True, None, still.position_ms, Cause.RESUME)


def test_a_wait_that_begins_just_before_another_speed_stands_still_when_that_begins() -> None:
    faster = replace(PLAYING, rate=2.0, cause=Cause.RATE, at_ms=round(NOW) + 150)
    still = begin(faster, WISH)
    assert still is not None
    assert (still.at_ms, still.position_ms) == (faster.at_ms, faster.position_ms)


# --- how it ends -----------------------------------------------------------------------------------------------
def test_a_wait_ends_once_and_only_by_its_own_name() -> None:
    still = begun()
    assert settle_wait(still, bid="other", done=["bob"], rule=WaitRule.SMART, now_ms=NOW, lead_ms=LEAD) is None
    on = settle(still, "bob")
    assert on is not None
    assert settle_wait(on, bid="b", done=["bob"], rule=WaitRule.SMART, now_ms=NOW, lead_ms=LEAD) is None


def test_the_room_waits_for_the_last_of_them() -> None:
    late = {"bob": BUDGET_MS, "gwen": BUDGET_MS}
    still = begun(replace(WISH, late=late, present=3))
    fewer = settle(still, "bob")
    assert fewer is not None
    assert fewer.wait is not None
    assert (fewer.playing, fewer.wait.waiting_for, fewer.rev) == (False, ("gwen",), still.rev + 1)
    assert settle(fewer, "bob") is None, "nothing is new"
    on = settle(fewer, "gwen")
    assert on is not None
    assert on.playing


@pytest.mark.parametrize(
    ("present", "late", "after_ms", "rule", "is_on"),
    [
        (5, 1, ENOUGH_AFTER_MS - 1, WaitRule.SMART, False),
        (5, 1, ENOUGH_AFTER_MS, WaitRule.SMART, True),
        (5, 2, ENOUGH_AFTER_MS, WaitRule.SMART, False),
        (10, 2, ENOUGH_AFTER_MS, WaitRule.SMART, True),
        (4, 1, ENOUGH_AFTER_MS, WaitRule.SMART, False),
        (5, 1, ENOUGH_AFTER_MS, WaitRule.ALWAYS, False),
        (2, 1, MOST_MS[Why.STALL] - LEAD - 1, WaitRule.SMART, False),
        (2, 1, MOST_MS[Why.STALL] - LEAD, WaitRule.SMART, True),
        (2, 1, MOST_MS[Why.STALL] - LEAD, WaitRule.ALWAYS, True),
        (2, 1, 1, WaitRule.NEVER, True),
    ],
)
def test_four_fifths_are_enough_after_four_seconds_and_nobody_is_waited_for_longer_than_eight(
    present: int, late: int, after_ms: int, rule: WaitRule, is_on: bool
) -> None:
    still = begun(replace(WISH, late={f"p{n}": BUDGET_MS for n in range(late)}, present=present))
    assert still.wait is not None
    assert is_over(still.wait, rule=rule, now_ms=NOW + after_ms, lead_ms=LEAD) is is_on
    on = settle(still, after_ms=after_ms, rule=rule)
    assert (on is not None) is is_on
    if on is not None:
        assert on.at_ms <= still.wait.until_ms


@given(st.integers(0, 20_000), st.integers(80, 400), st.integers(2, 40), st.integers(1, 40))
def test_by_time_alone_a_wait_ends_at_the_turns_that_are_looked_for(
    after_ms: int, lead: int, present: int, late: int
) -> None:
    wait = Barrier("b", tuple(map(str, range(late))), 30_000 + 8_000, Why.STALL, began_ms=30_000, present=present)
    now_ms = NOW + after_ms
    turn_ms = next_turn_ms(wait, now_ms=now_ms, lead_ms=lead)
    was_over = is_over(wait, rule=WaitRule.SMART, now_ms=now_ms, lead_ms=lead)
    if turn_ms is None:
        assert was_over
    elif not was_over:
        assert not is_over(wait, rule=WaitRule.SMART, now_ms=turn_ms - 0.5, lead_ms=lead) or turn_ms - now_ms < 0.5


# --- two who see the same --------------------------------------------------------------------------------------
def test_a_second_stall_joins_the_wait_instead_of_beginning_one() -> None:
    still = begun()
    both = begin(still, Wish("c", Why.STALL, {"eve": BUDGET_MS}, 3))
    assert both is not None
    assert both.wait is not None
    assert (both.wait.bid, both.wait.waiting_for) == ("b", ("bob", "eve"))
    assert still.wait is not None
    assert both.wait.until_ms == still.wait.until_ms, "nobody makes a wait longer"
    assert begin(both, Wish("d", Why.STALL, {"eve": BUDGET_MS}, 3)) is None, "and the same one changes nothing"


people = st.sampled_from(["alice", "bob", "carol", "dave"])
looks = st.one_of(
    st.tuples(st.just("late"), people, st.sampled_from(list(WaitRule))),
    st.tuples(st.just("done"), people, st.sampled_from(list(WaitRule))),
    st.tuples(st.just("time"), st.integers(1, 6_000), st.just(WaitRule.SMART)),
)


@given(st.lists(looks, max_size=30), st.sampled_from([Cause.SEEK, Cause.PLAY]))
def test_whatever_processes_see_in_whatever_order_a_room_never_stands_longer_than_its_deadline(
    steps: list[tuple], cause: Cause
) -> None:
    timeline, now_ms = scheduled(cause), NOW
    bid, why = str(timeline.rev), {Cause.SEEK: Why.SEEK, Cause.PLAY: Why.START}[cause]
    began_ms = None
    for kind, value, rule in steps:
        before = timeline
        if kind == "time":
            now_ms += value
        elif kind == "late":
            wish = Wish(bid, why, {value: BUDGET_MS}, 4)
            timeline = begin_wait(timeline, wish, rule=rule, now_ms=now_ms, lead_ms=LEAD) or timeline
        else:
            timeline = settle_wait(timeline, bid=bid, done=[value], rule=rule, now_ms=now_ms, lead_ms=LEAD) or timeline
        assert timeline.rev - before.rev == (timeline != before)
        assert timeline.playing is (timeline.wait is None)
        if timeline.wait is not None:
            began_ms = began_ms or timeline.wait.began_ms
            assert timeline.wait.began_ms == began_ms, "a start is held up once"
            assert timeline.wait.until_ms - began_ms <= MOST_MS[why]
    over = settle_wait(timeline, bid=bid, done=[], rule=WaitRule.ALWAYS, now_ms=now_ms + 20_000, lead_ms=LEAD)
    assert (over or timeline).playing


# --- starts ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (Cause.SEEK, Why.SEEK),
        (Cause.UNDO, Why.SEEK),
        (Cause.ITEM, Why.ITEM),
        (Cause.PLAY, Why.START),
        (Cause.TOGETHER, Why.START),
    ],
)
def test_a_start_is_called_off_before_it_happens_when_somebody_is_not_ready(cause: Cause, why: Why) -> None:
    timeline = scheduled(cause)
    assert objection(timeline, "5", now_ms=NOW + 80) is why
    still = begin(timeline, Wish("5", why, {"bob": BUDGET_MS}, 2), now_ms=NOW + 80)
    assert still is not None
    assert still.wait is not None
    assert (still.playing, still.position_ms, still.at_ms) == (False, 90_000, NOW + 80)
    assert (still.wait.bid, still.wait.why, still.wait.until_ms) == ("5", why, NOW + 80 + 20_000)
    assert objection(still, "5", now_ms=NOW + 200) is why, "others may not be ready either"
    both = begin(still, Wish("5", why, {"eve": BUDGET_MS}, 3), now_ms=NOW + 200)
    assert both is not None
    assert both.wait is not None
    assert both.wait.waiting_for == ("bob", "eve")


def test_a_film_that_has_started_already_does_not_go_back() -> None:
    still = begin(scheduled(), Wish("5", Why.SEEK, {"bob": BUDGET_MS}, 2), now_ms=NOW + 400)
    assert still is not None
    assert (still.position_ms, still.at_ms) == (90_400 - LEAD + REST, NOW + 400 + REST)


@pytest.mark.parametrize(
    ("what", "timeline", "bid", "after_ms"),
    [
        ("another start", scheduled(), "4", 80),
        ("long past", scheduled(), "5", OBJECTION_MS + 1),
        ("paused since", replace(scheduled(), playing=False), "5", 80),
        ("nobody's start", scheduled(Cause.RESUME), "5", 80),
        ("a change of speed", scheduled(Cause.RATE), "5", 80),
        ("another wait", replace(scheduled(), playing=False, wait=Barrier("x", ("eve",), 9)), "5", 80),
    ],
)
def test_nobody_objects_to(what: str, timeline: Timeline, bid: str, after_ms: int) -> None:
    assert objection(timeline, bid, now_ms=NOW + after_ms) is None, what


def test_an_objection_that_was_overtaken_changes_nothing() -> None:
    assert begin(replace(scheduled(), rev=6), Wish("5", Why.SEEK, {"bob": BUDGET_MS}, 2)) is None
    assert begin(begun(), Wish("5", Why.SEEK, {"eve": BUDGET_MS}, 3)) is None, "the room waits for something else"


@pytest.mark.parametrize(
    ("why", "here_s", "ago_s", "may"),
    [
        (Why.SEEK, 25.0, 0.1, True),
        (Why.SEEK, 5.0, 0.1, False),
        (Why.ITEM, 5.0, 0.1, False),
        (Why.START, 5.0, 0.1, True),
        (Why.START, 0.05, 0.1, False),
    ],
)
def test_a_joiner_holds_up_nothing_but_the_start_that_they_were_there_for(
    why: Why, here_s: float, ago_s: float, may: bool
) -> None:
    assert may_object(why, here_s=here_s, ago_s=ago_s) is may


# --- what people do meanwhile ----------------------------------------------------------------------------------
def test_anybody_may_go_on_without_whoever_is_late_but_not_in_the_first_second() -> None:
    still = begun()
    play = Command(Op.PLAY, still.rev, "alice")
    early = apply_command(still, play, now_ms=NOW + SKIPPABLE_MS - 1, lead_ms=LEAD)
    assert (early.outcome, early.timeline) == (Outcome.UNCHANGED, still)
    on = apply_command(still, play, now_ms=NOW + SKIPPABLE_MS, lead_ms=LEAD).timeline
    assert (on.playing, on.wait, on.position_ms) == (True, None, still.position_ms)


def test_nobody_goes_on_without_the_film() -> None:
    still = replace(begun(), wait=Barrier("s", (), 900_000, Why.SOURCE))
    on = apply_command(still, Command(Op.PLAY, still.rev, "alice"), now_ms=NOW + 5_000, lead_ms=LEAD)
    assert on.outcome is Outcome.UNCHANGED
    assert begin(still) is None
    assert settle(still, after_ms=10_000) is None


def test_a_change_of_speed_does_not_end_the_evening() -> None:
    still = begun()
    faster = apply_command(
        still, Command(Op.RATE, still.rev, "alice", rate=1.5), now_ms=NOW + 200, lead_ms=LEAD
    ).timeline
    assert (faster.playing, faster.wait, faster.rate) == (False, still.wait, 1.5)
    on = settle(faster, "bob")
    assert on is not None
    assert (on.playing, on.rate) == (True, 1.5)


def test_a_room_that_everybody_left_waits_for_nobody() -> None:
    left = rest(begun(), left_at_ms=NOW + 5_000)
    assert left is not None
    assert (left.playing, left.wait) == (False, None)


def test_the_history_tells_of_stalls_and_not_of_every_seek() -> None:
    still = begun()
    on, longer = settle(still, "bob"), begin(still, Wish("c", Why.STALL, {"eve": BUDGET_MS}, 3))
    assert on is not None
    assert longer is not None
    assert is_history(PLAYING, still)
    assert is_history(still, on)
    assert not is_history(still, longer)
    seek = scheduled()
    held = begin(seek, Wish("5", Why.SEEK, {"bob": BUDGET_MS}, 2))
    assert held is not None
    assert not is_history(seek, held)
    resting = rest(PLAYING, left_at_ms=NOW)
    assert resting is not None
    assert is_history(PLAYING, resting)


def test_a_wait_survives_its_row() -> None:
    wait = Barrier("b", ("bob", "eve"), 38_000, Why.SEEK, began_ms=30_000, present=4, eta_ms=None)
    raw = {"bid": "b", "waiting_for": ["bob", "eve"], "until_ms": 38_000, "why": "seek", "began_ms": 30_000,
           "present": 4, "eta_ms": None}  # fmt: skip
    assert Barrier.from_row(raw) == wait
    old = {"bid": "b", "waiting_for": ["bob"], "until_ms": 9, "why": "stall"}
    assert Barrier.from_row(old).why is Why.STALL, "rows of the version before"
