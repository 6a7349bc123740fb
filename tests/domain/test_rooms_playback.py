"""The room's timeline under any order of commands: it converges, and nobody is thrown about."""

import itertools
from dataclasses import replace
from math import ceil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.rooms.domain.commands import Command, Op, Outcome, apply_command
from apps.rooms.domain.leads import LEAD_MAX_MS, LEAD_MIN_MS, lead_ms, rest_lead_ms
from apps.rooms.domain.playback import Cause, Timeline, Why, is_at_end, position_at, rest
from apps.rooms.domain.waiting import objection

START = Timeline(
    rev=1, epoch=1, item="film", position_ms=0, rate=1.0, at_ms=0, playing=False, duration_ms=600_000,
    cause=Cause.CREATED,
)  # fmt: skip
LEAD = 100

positions = st.floats(0, 700, allow_nan=False)
rates = st.sampled_from([0.5, 1.0, 1.25, 1.5, 2.0])
ops = st.sampled_from(list(Op))
people = st.sampled_from(["alice", "bob", "gwen"])


@st.composite
def commands(draw: st.DrawFn) -> Command:
    op = draw(ops)
    return Command(
        op=op,
        base=0,
        by=draw(people),
        position_s=draw(positions) if op is Op.SEEK else None,
        rate=draw(rates) if op is Op.RATE else None,
    )


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    return replace(
        START,
        rev=draw(st.integers(1, 50)),
        position_ms=draw(st.integers(0, 600_000)),
        rate=draw(rates),
        at_ms=draw(st.integers(0, 100_000)),
        playing=draw(st.booleans()),
        cause=draw(st.sampled_from(list(Cause))),
        by=draw(people),
    )


def play(timeline: Timeline, command: Command, now_ms: float) -> Timeline:
    """Apply with the newest base, as a client that is up to date does."""
    return apply_command(timeline, replace(command, base=timeline.rev), now_ms=now_ms, lead_ms=LEAD).timeline


@given(timelines(), st.floats(0, 1e7), st.floats(0, 1e6))
def test_position_never_runs_back_and_stays_in_the_film(timeline: Timeline, now_ms: float, later_ms: float) -> None:
    now, later = position_at(timeline, now_ms), position_at(timeline, now_ms + later_ms)
    assert 0 <= now <= later <= timeline.duration_ms


@given(timelines(), commands(), st.integers(0, 200_000))
def test_a_revision_grows_by_one_exactly_when_something_changed(timeline: Timeline, command: Command, now: int) -> None:
    decision = apply_command(timeline, replace(command, base=timeline.rev), now_ms=now, lead_ms=LEAD)
    if decision.outcome is Outcome.APPLIED:
        assert decision.timeline.rev == timeline.rev + 1
        assert (decision.timeline.epoch, decision.timeline.item) == (timeline.epoch, timeline.item)
    else:
        assert decision.timeline == timeline


@given(timelines(), st.integers(0, 200_000))
def test_pause_and_rate_move_nobody(timeline: Timeline, now: int) -> None:
    """Where the film is when the change takes effect is where it would have been anyway."""
    pause, faster = Command(Op.PAUSE, timeline.rev, "bob"), Command(Op.RATE, timeline.rev, "bob", rate=1.1)
    old_until = timeline.at_ms if timeline.cause is Cause.RATE else 0  # until then the film goes at its old speed
    changes = timeline.at_ms if not timeline.playing else max(now + LEAD, timeline.at_ms)
    for command, earliest in ((pause, max(now + rest_lead_ms(LEAD), old_until)), (faster, changes)):
        decision = apply_command(timeline, command, now_ms=now, lead_ms=LEAD)
        if decision.outcome is Outcome.APPLIED:
            at = decision.timeline.at_ms
            assert at == earliest
            assert abs(position_at(decision.timeline, at) - position_at(timeline, at)) <= 0.5


@given(ahead=st.integers(1, 400), lead=st.integers(LEAD_MIN_MS, LEAD_MAX_MS))
def test_a_pause_before_another_speed_rests_when_that_begins(ahead: int, lead: int) -> None:
    """Until then everybody plays at the old speed, which the timeline does not name any more."""
    faster = replace(START, rev=2, playing=True, rate=2.0, cause=Cause.RATE, position_ms=9_000, at_ms=5_000 + ahead)
    rested = apply_command(faster, Command(Op.PAUSE, 2, "bob"), now_ms=5_000, lead_ms=lead).timeline
    assert rested.at_ms == max(5_000 + ahead, 5_000 + LEAD_MIN_MS)
    if ahead >= LEAD_MIN_MS:
        assert rested.position_ms == faster.position_ms


def test_play_at_the_end_starts_over_unless_it_was_meant_for_an_earlier_moment() -> None:
    ended = replace(START, rev=5, playing=True, at_ms=0, cause=Cause.PLAY)
    now = START.duration_ms + 1_000
    assert apply_command(ended, Command(Op.PLAY, 5, "bob"), now_ms=now, lead_ms=LEAD).timeline.position_ms == 0
    granted_late = apply_command(ended, Command(Op.PLAY, 4, "bob"), now_ms=now, lead_ms=LEAD)
    assert granted_late.outcome is Outcome.UNCHANGED
    resting = replace(ended, rev=6, playing=False, position_ms=START.duration_ms)
    assert apply_command(resting, Command(Op.PLAY, 6, "bob"), now_ms=now, lead_ms=LEAD).timeline.position_ms == 0
    granted_late = apply_command(resting, Command(Op.PLAY, 5, "bob"), now_ms=now, lead_ms=LEAD)
    assert granted_late.outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(("cause", "why"), [(Cause.TOGETHER, Why.START), (Cause.ITEM, Why.ITEM)])
def test_a_start_that_is_counted_down_stays_that_start_at_any_speed(cause: Cause, why: Why) -> None:
    start = replace(START, rev=2, playing=True, cause=cause, position_ms=9_000, at_ms=8_000, made_ms=4_900, by="alice")
    faster = apply_command(start, Command(Op.RATE, 2, "bob", rate=1.5), now_ms=5_000, lead_ms=LEAD).timeline
    assert faster == replace(start, rev=3, rate=1.5)
    assert objection(faster, "3", now_ms=5_100) is why
    paused = apply_command(faster, Command(Op.PAUSE, 3, "bob"), now_ms=5_200, lead_ms=LEAD).timeline
    assert (paused.at_ms, paused.position_ms) == (5_200 + rest_lead_ms(LEAD), 9_000)


@pytest.mark.parametrize("cause", [Cause.TOGETHER, Cause.ITEM])
@pytest.mark.parametrize("ahead_ms", [-3_600_000, -1, LEAD - 1])
def test_a_speed_after_a_start_or_just_before_it_is_a_speed(cause: Cause, ahead_ms: int) -> None:
    """Else every page would stop for it, as it does for a start."""
    start = replace(START, rev=2, playing=True, cause=cause, at_ms=4_000_000 + ahead_ms, made_ms=4_900, by="alice")
    faster = apply_command(start, Command(Op.RATE, 2, "bob", rate=1.5), now_ms=4_000_000, lead_ms=LEAD).timeline
    assert (faster.cause, faster.by, faster.made_ms) == (Cause.RATE, "bob", 4_000_000)
    assert faster.at_ms == 4_000_000 + LEAD


def test_another_speed_leaves_a_rest_that_is_ahead_where_it_is() -> None:
    ahead = replace(START, rev=2, playing=False, cause=Cause.PAUSE, position_ms=9_000, at_ms=5_050)
    faster = apply_command(ahead, Command(Op.RATE, 2, "bob", rate=1.5), now_ms=5_000, lead_ms=LEAD).timeline
    assert faster == replace(ahead, rev=3, rate=1.5, cause=Cause.RATE, by="bob", made_ms=5_000)


def test_another_speed_just_before_a_start_comes_just_after_it() -> None:
    start = replace(START, rev=2, playing=True, cause=Cause.PLAY, position_ms=9_000, at_ms=5_000 + LEAD // 2)
    faster = apply_command(start, Command(Op.RATE, 2, "bob", rate=1.5), now_ms=5_000, lead_ms=LEAD).timeline
    assert (faster.at_ms, faster.position_ms) == (5_000 + LEAD, 9_000 + LEAD - LEAD // 2)


@given(timelines(), st.integers(0, 200_000))
@example(replace(START, playing=False, position_ms=START.duration_ms - 3_000), 0)  # the film ends between the two
def test_pressing_play_or_pause_twice_is_pressing_it_once(timeline: Timeline, now: int) -> None:
    for op in (Op.PLAY, Op.PAUSE):
        once = play(timeline, Command(op, 0, "alice"), now)
        twice = play(once, Command(op, 0, "bob"), now + 5_000)
        if op is Op.PLAY and is_at_end(once, now + 5_000):
            assert (twice.rev, twice.position_ms) == (once.rev + 1, 0), "that is another press, after the end"
        else:
            assert twice == once


@given(timelines(), st.integers(0, 200_000), st.integers(0, 600))
def test_two_people_pressing_pause_end_paused(timeline: Timeline, now: int, gap: int) -> None:
    going = replace(timeline, playing=True, wait=None)
    pause = [Command(Op.PAUSE, going.rev, who) for who in ("alice", "bob")]
    first = apply_command(going, pause[0], now_ms=now, lead_ms=LEAD)
    second = apply_command(first.timeline, pause[1], now_ms=now + gap, lead_ms=LEAD)
    assert first.timeline.playing is False
    assert second.timeline == first.timeline
    assert second.outcome is Outcome.SUPERSEDED


@given(st.lists(commands(), max_size=12), st.data())
def test_every_client_converges_whatever_is_lost_doubled_or_reordered(
    wanted: list[Command], data: st.DataObject
) -> None:
    """The server takes commands one by one; each client gets the timelines in any order, some twice, some never."""
    truth, sent = START, [START]
    for index, command in enumerate(wanted):
        base = data.draw(st.integers(1, truth.rev))
        decision = apply_command(truth, replace(command, base=base), now_ms=index * 300, lead_ms=LEAD)
        truth = decision.timeline
        sent.append(truth)
    noise = data.draw(st.lists(st.sampled_from(sent), max_size=30))
    for _ in range(3):
        client = START
        for heard in [*data.draw(st.permutations(noise)), truth]:  # the audit brings the last one in the end
            if heard.epoch == client.epoch and heard.rev > client.rev:
                client = heard
        assert client == truth


@given(st.lists(commands(), min_size=2, max_size=5), st.data())
def test_a_race_of_writers_is_some_order_of_them(wanted: list[Command], data: st.DataObject) -> None:
    """Compare-and-set by revision with retry: the result is some serial order, and no revision is used twice."""
    order = data.draw(st.permutations(wanted))
    row, revisions = START, [START.rev]
    waiting = [(command, START) for command in order]
    while waiting:
        command, read = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
        decision = apply_command(read, replace(command, base=START.rev), now_ms=10_000, lead_ms=LEAD)
        if decision.outcome is not Outcome.APPLIED:
            continue
        if read.rev != row.rev:
            waiting.append((command, row))
            continue
        row = decision.timeline
        revisions.append(row.rev)
    assert revisions == list(range(START.rev, START.rev + len(revisions)))


def test_a_seek_while_it_plays_starts_everywhere_at_the_same_moment() -> None:
    going = play(START, Command(Op.PLAY, 0, "alice"), 0)
    sought = play(going, Command(Op.SEEK, 0, "bob", position_s=60), 5_000)
    assert (sought.at_ms, sought.playing) == (5_000 + LEAD, True)
    assert position_at(sought, 5_050) == position_at(sought, 5_100) == 60_000


@pytest.mark.parametrize("position", [float("nan"), float("inf"), -1.0, None])
def test_a_seek_to_nowhere_is_refused(position: float | None) -> None:
    decision = apply_command(START, Command(Op.SEEK, 1, "bob", position_s=position), now_ms=0, lead_ms=LEAD)
    assert decision.outcome is Outcome.REFUSED
    assert decision.reason.endswith(".")


@pytest.mark.parametrize("rate", [0.0, -1.0, 16.0, float("nan"), None])
def test_a_rate_out_of_range_is_refused(rate: float | None) -> None:
    decision = apply_command(START, Command(Op.RATE, 1, "bob", rate=rate), now_ms=0, lead_ms=LEAD)
    assert decision.outcome is Outcome.REFUSED


@given(st.lists(st.tuples(st.floats(0, 60_000), st.floats(0, 60_000)), max_size=60))
def test_the_lead_is_bounded_whatever_members_report(delays: list[tuple[float, float]]) -> None:
    lead = lead_ms(delays)
    assert LEAD_MIN_MS <= rest_lead_ms(lead) <= lead <= LEAD_MAX_MS


@given(delays=st.lists(st.tuples(st.floats(0, 600), st.floats(0, 50)), min_size=1, max_size=9))
def test_a_rest_is_heard_of_by_all_but_the_slowest_tenth(delays: list[tuple[float, float]]) -> None:
    ways = sorted(rtt / 2 + 2 * jitter for rtt, jitter in delays)
    p90 = ways[ceil(len(ways) * 0.9) - 1]
    assert rest_lead_ms(lead_ms(delays)) >= min(p90, LEAD_MAX_MS) - 0.5


def test_one_slow_member_of_ten_does_not_hold_the_others() -> None:
    quick = [(40.0, 5.0)] * 9
    assert lead_ms([*quick, (5_000.0, 500.0)]) == lead_ms(quick)


@given(timelines(), st.integers(0, 200_000))
def test_a_room_that_everybody_left_rests_where_the_last_one_left(timeline: Timeline, left_at: int) -> None:
    rested = rest(timeline, left_at_ms=left_at)
    if not timeline.playing:
        assert rested is None
    else:
        assert rested is not None
        assert rested.playing is False
        assert rested.rev == timeline.rev + 1
        assert position_at(rested, left_at + 10_000_000) == round(position_at(timeline, left_at))


def test_every_pair_of_commands_leaves_a_timeline_that_makes_sense() -> None:
    each = [
        Command(Op.PLAY, 0, "alice"),
        Command(Op.PAUSE, 0, "alice"),
        Command(Op.SEEK, 0, "alice", position_s=10),
        Command(Op.RATE, 0, "alice", rate=2.0),
    ]
    for first, second in itertools.product(each, repeat=2):
        after = play(play(START, first, 1_000), second, 2_000)
        assert 0 <= after.position_ms <= after.duration_ms
        assert after.playing == ({Op.PLAY: True, Op.PAUSE: False}.get(second.op, first.op is Op.PLAY))
