"""Who is ready, as several processes hear it in any order; and how a vote ends: pure rules."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.domain import ready
from apps.rooms.domain.playback import Barrier, Cause, Timeline, Why
from apps.rooms.domain.polls import winner
from apps.rooms.domain.ready import COUNTDOWN_MS, ReadyCheck, Word

PEOPLE = ("alice", "bob", "gwen")
RESTING = Timeline(
    rev=4, epoch=1, item="one", position_ms=5_000, rate=1.0, at_ms=1_000, playing=False, duration_ms=60_000,
    cause=Cause.PAUSE,
)  # fmt: skip

words = st.dictionaries(st.sampled_from(PEOPLE), st.builds(Word, st.booleans(), st.sampled_from([1.0, 2.0, 3.0])))
checks = st.builds(
    ReadyCheck, st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([0.0, 1.5, 2.0]), st.sampled_from(PEOPLE), words
)


@given(checks, checks, checks)
def test_whatever_order_words_arrive_in_the_outcome_is_the_same(a: ReadyCheck, b: ReadyCheck, c: ReadyCheck) -> None:
    a, b, c = same_close(a), same_close(b), same_close(c)
    assert ready.merge(a, b) == ready.merge(b, a)
    assert ready.merge(ready.merge(a, b), c) == ready.merge(a, ready.merge(b, c))
    assert ready.merge(a, a) == a


def same_close(check: ReadyCheck) -> ReadyCheck:
    """Two processes never know different beginnings of the same check."""
    return replace(check, by=f"{check.by} at {check.asked_ms}")


def test_whoever_asks_is_ready_and_the_last_word_counts() -> None:
    check = ready.say(ready.ask("alice", now_ms=10), "bob", is_ready=True, now_ms=20)
    assert check.ready == ["alice", "bob"]
    taken_back = ready.say(check, "bob", is_ready=False, now_ms=30)
    assert ready.merge(taken_back, check).ready == ["alice"]


def test_a_new_question_forgets_the_old_answers() -> None:
    old = ready.say(ready.ask("alice", now_ms=10), "bob", is_ready=True, now_ms=20)
    assert ready.merge(old, ready.ask("bob", now_ms=30)).ready == ["bob"]


def test_everybody_present_has_to_be_ready() -> None:
    check = ready.say(ready.ask("alice", now_ms=10), "bob", is_ready=True, now_ms=20)
    assert ready.are_all_ready(check, ["alice", "bob"])
    assert not ready.are_all_ready(check, ["alice", "bob", "gwen"])
    assert not ready.are_all_ready(check, [])
    assert not ready.are_all_ready(ready.close(check, now_ms=40), ["alice", "bob"])


def test_a_room_starts_together_in_three_seconds_and_once() -> None:
    started = ready.start_together(RESTING, now_ms=9_000, by="alice")
    assert started is not None
    assert (started.playing, started.at_ms, started.position_ms) == (True, 9_000 + COUNTDOWN_MS, 5_000)
    assert (started.rev, started.cause, started.by) == (5, Cause.TOGETHER, "alice")
    assert ready.start_together(started, now_ms=9_100, by=None) is None
    over = ready.start_together(replace(RESTING, position_ms=RESTING.duration_ms), now_ms=9_000, by="alice")
    assert over is not None
    assert over.position_ms == 0, "at the end of a film it starts over"
    ran_out = ready.start_together(replace(RESTING, playing=True, at_ms=0), now_ms=RESTING.duration_ms, by="alice")
    assert ran_out is not None
    assert ran_out.position_ms == 0, "nobody pauses a film that is over"


def test_being_ready_does_not_go_past_a_wait_for_somebody() -> None:
    wait = Barrier("4", ("bob",), until_ms=20_000, why=Why.START, began_ms=8_000, present=2)
    assert ready.start_together(replace(RESTING, wait=wait), now_ms=9_000, by="alice") is None


def test_the_film_with_the_most_votes_wins_and_the_earlier_of_two_equal_ones() -> None:
    assert winner(["a", "b", "c"], ["b", "c", "c"]) == "c"
    assert winner(["a", "b", "c"], ["c", "b"]) == "b"
    assert winner(["a", "b"], []) is None
    assert winner(["a", "b"], ["gone"]) is None
