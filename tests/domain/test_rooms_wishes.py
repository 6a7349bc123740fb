"""When a room votes, and what a vote comes to."""

import itertools

import pytest

from apps.rooms.domain.commands import UNDO_MS, Command, Decision, Jump, Op, Outcome, undo_to
from apps.rooms.domain.members import Preset
from apps.rooms.domain.playback import Cause, Timeline
from apps.rooms.domain.wishes import (
    Wish,
    WishKind,
    WishState,
    is_so_already,
    may_ask,
    needed,
    needs_vote,
    same_kind,
    tally,
)

UNTIL = 20_000


def wish(**ballots: bool) -> Wish:
    return Wish("w", WishKind.VOTE, "a", "Alice", Command(Op.PLAY, 1, "a"), UNTIL, ballots)


@pytest.mark.parametrize(("preset", "op", "is_waiting"), list(itertools.product(Preset, Op, [False, True])))
def test_only_a_democracy_votes_and_never_on_a_pause(preset: Preset, op: Op, is_waiting: bool) -> None:
    expected = preset is Preset.DEMOCRACY and op is not Op.PAUSE and (op is not Op.PLAY or not is_waiting)
    assert needs_vote(preset, op, is_waiting=is_waiting) is expected
    assert may_ask(preset) is (preset is Preset.ASK_HOST)


@pytest.mark.parametrize(("people", "votes"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_more_than_half_is_needed(people: int, votes: int) -> None:
    assert needed(people) == votes


@pytest.mark.parametrize(
    ("ballots", "present", "now_ms", "expected"),
    [
        ({"a": True}, "a", 0, WishState.GRANTED),
        ({"a": True}, "ab", 0, WishState.OPEN),
        ({"a": True, "b": True}, "ab", 0, WishState.GRANTED),
        ({"a": True, "b": False}, "ab", 0, WishState.DECLINED),
        ({"a": True, "b": False}, "abc", 0, WishState.OPEN),
        ({"a": True, "b": True}, "abc", 0, WishState.GRANTED),
        ({"a": True, "b": False, "c": False}, "abc", 0, WishState.DECLINED),
        ({"a": True, "b": True}, "ac", 0, WishState.OPEN),
        ({"a": True, "b": False}, "a", 0, WishState.GRANTED),
        ({"a": True}, "abc", UNTIL - 1, WishState.OPEN),
        ({"a": True}, "abc", UNTIL, WishState.DECLINED),
        ({"a": True, "b": True}, "abc", UNTIL, WishState.GRANTED),
        ({"a": True}, "", 0, WishState.OPEN),
        ({"a": True}, "", UNTIL, WishState.DECLINED),
    ],
)
def test_most_of_the_people_present_decide(
    ballots: dict[str, bool], present: str, now_ms: int, expected: WishState
) -> None:
    assert tally(wish(**ballots), set(present), now_ms) is expected


def test_a_vote_is_never_won_and_lost_at_once() -> None:
    people = "abcde"
    for votes in itertools.product([True, False, None], repeat=len(people)):
        ballots = {uid: ok for uid, ok in zip(people, votes, strict=True) if ok is not None}
        state = tally(wish(**ballots), set(people), 0)
        yes, no = list(ballots.values()).count(True), list(ballots.values()).count(False)
        assert (state is WishState.GRANTED) is (yes >= 3)
        assert (state is WishState.DECLINED) is (no >= 3)


def test_a_jump_is_taken_back_for_ten_seconds() -> None:
    jump = Jump(from_ms=61_500, at_ms=1_000)
    assert undo_to(jump, 1_000 + UNDO_MS) == 61.5
    assert undo_to(jump, 1_001 + UNDO_MS) is None
    assert undo_to(None, 0) is None


def test_play_and_pause_are_asked_for_by_one_button() -> None:
    assert same_kind(Op.PLAY) == same_kind(Op.PAUSE) == {Op.PLAY, Op.PAUSE}
    assert same_kind(Op.SEEK) == {Op.SEEK}


@pytest.mark.parametrize(
    ("outcome", "wanted", "so"),
    [
        (Outcome.UNCHANGED, Command(Op.SEEK, 1, "b", position_s=0), True),
        (Outcome.SUPERSEDED, Command(Op.PAUSE, 1, "b"), True),
        (Outcome.SUPERSEDED, Command(Op.UNDO, 1, "b", position_s=9), True),
        (Outcome.SUPERSEDED, Command(Op.RATE, 1, "b", rate=1.5), True),
        (Outcome.SUPERSEDED, Command(Op.RATE, 1, "b", rate=2.0), False),
        (Outcome.SUPERSEDED, Command(Op.SEEK, 1, "b", position_s=9), False),
        (Outcome.APPLIED, Command(Op.PAUSE, 1, "b"), False),
    ],
)
def test_what_somebody_else_just_did_may_be_to_another_place(outcome: Outcome, wanted: Command, so: bool) -> None:
    film = Timeline(1, 1, "film", 0, 1.5, 0, playing=False, duration_ms=0, cause=Cause.CREATED)
    assert is_so_already(Decision(outcome, film), wanted) is so
