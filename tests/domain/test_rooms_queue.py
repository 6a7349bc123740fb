"""The order of a queue, and what happens at the end of a film: pure rules."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.domain.commands import Command, Op, Outcome, apply_command
from apps.rooms.domain.playback import ITEM_LEAD_MS, Cause, Film, Timeline, is_over
from apps.rooms.domain.queue import Entry, in_order, place
from apps.rooms.domain.succession import stopped_at_ms, succeed

PLAYING = Timeline(
    rev=4, epoch=1, item="one", position_ms=0, rate=1.0, at_ms=1_000, playing=True, duration_ms=60_000, cause=Cause.PLAY
)


def entry(qid: str, position: int, votes: int = 0, lift: int = 0) -> Entry:
    voters = frozenset(f"voter-{number}" for number in range(votes))
    return Entry(qid=qid, title=f"film {qid}", by="alice", name="Alice", position=position, lift=lift, voters=voters)


def order(entries: list[Entry]) -> list[str]:
    return [item.qid for item in in_order(entries)]


def test_more_votes_come_first_and_of_equal_ones_the_older() -> None:
    assert order([entry("a", 0), entry("b", 1, votes=2), entry("c", 2, votes=1), entry("d", 3)]) == ["b", "c", "a", "d"]


def test_a_hand_puts_an_entry_in_front_of_one_with_more_votes() -> None:
    queue = [entry("a", 0, votes=3), entry("b", 1, votes=1), entry("c", 2)]
    assert order(place(queue, "c", "a")) == ["c", "a", "b"]


def test_votes_count_on_after_a_hand_moved_an_entry() -> None:
    placed = place([entry("a", 0, votes=2), entry("b", 1)], "b", "a")
    fans = frozenset({"x", "y"})
    voted = [replace(item, voters=item.voters | fans) if item.qid == "a" else item for item in placed]
    assert order(voted) == ["a", "b"]


def test_an_entry_alone_may_be_moved() -> None:
    assert order(place([entry("a", 5)], "a", None)) == ["a"]


@given(
    votes=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    which=st.integers(0, 7),
    where=st.none() | st.integers(0, 7),
)
def test_a_moved_entry_stands_where_it_was_put_and_the_others_keep_their_order(
    votes: list[int], which: int, where: int | None
) -> None:
    queue = [entry(str(index), index, votes=count) for index, count in enumerate(votes)]
    qid = str(which % len(queue))
    others = [other for other in order(queue) if other != qid]
    before = None if where is None or not others else others[where % len(others)]
    moved = order(place(queue, qid, before))
    assert [other for other in moved if other != qid] == others
    at = len(others) if before is None else others.index(before)
    assert moved.index(qid) == at


def command(**more: object) -> Command:
    return Command(op=Op.ITEM, base=4, by="bob", **more)


def test_another_film_begins_when_every_page_had_time_to_open_it() -> None:
    decision = apply_command(PLAYING, command(item="two", duration_ms=90_000), now_ms=5_000, lead_ms=100)
    after = decision.timeline
    assert decision.outcome is Outcome.APPLIED
    assert (after.rev, after.epoch, after.item, after.duration_ms) == (5, 1, "two", 90_000)
    assert (after.position_ms, after.playing, after.at_ms, after.cause) == (0, True, 5_000 + ITEM_LEAD_MS, Cause.ITEM)


def test_another_film_rests_where_the_room_rested() -> None:
    resting = replace(PLAYING, playing=False)
    after = apply_command(resting, command(item="two", position_s=12.5), now_ms=5_000, lead_ms=100).timeline
    assert (after.playing, after.position_ms, after.at_ms) == (False, 12_500, 5_000)


def test_the_film_that_is_on_changes_nothing() -> None:
    assert apply_command(PLAYING, command(item="one"), now_ms=5_000, lead_ms=100).outcome is Outcome.UNCHANGED


def test_no_film_is_refused() -> None:
    assert apply_command(PLAYING, command(), now_ms=5_000, lead_ms=100).outcome is Outcome.REFUSED


def test_two_people_who_skip_at_once_skip_one_film() -> None:
    after = apply_command(PLAYING, command(item="two"), now_ms=5_000, lead_ms=100).timeline
    again = Command(op=Op.ITEM, base=4, by="alice", item="three")
    assert apply_command(after, again, now_ms=5_300, lead_ms=100).outcome is Outcome.SUPERSEDED


def test_a_film_is_over_when_the_room_played_it_to_its_end() -> None:
    assert not is_over(PLAYING, 60_999)
    assert is_over(PLAYING, 61_000)
    assert not is_over(replace(PLAYING, playing=False, position_ms=60_000), 70_000)
    assert not is_over(replace(PLAYING, duration_ms=0), 900_000)


def test_a_film_that_was_seen_begins_at_its_start_another_time() -> None:
    assert stopped_at_ms(PLAYING, 31_000) == 30_000
    assert stopped_at_ms(PLAYING, 60_500) == 0


def test_the_next_film_begins_by_itself() -> None:
    after = succeed(PLAYING, Film("two", 90_000, 7_000), now_ms=70_000)
    assert (after.rev, after.item, after.position_ms, after.playing, after.by) == (5, "two", 7_000, True, None)
    assert after.at_ms == 70_000 + ITEM_LEAD_MS
