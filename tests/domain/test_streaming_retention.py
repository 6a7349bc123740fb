from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streaming.domain.estimates import estimate_bytes, segments_of
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode, Recipe, TrackKind
from apps.streaming.domain.retention import (
    UNWATCHED_FOR,
    Candidate,
    Care,
    Value,
    choose_victims,
    rung_value,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TITLES = [UUID(int=number) for number in range(4)]

cares = st.builds(
    Care,
    watched_at=st.integers(0, 30).map(lambda days: NOW - timedelta(days=days)),
    held_until=st.sampled_from([None, NOW - timedelta(seconds=1), NOW + timedelta(minutes=1)]),
    is_listed=st.booleans(),
    is_kept=st.booleans(),
)
candidates = st.lists(
    st.builds(
        Candidate,
        value=st.sampled_from(Value),
        title_id=st.sampled_from(TITLES),
        thing_id=st.uuids(),
        frees_bytes=st.integers(0, 100),
        care=cares,
        is_leased=st.booleans(),
    ),
    max_size=12,
)


def thing(value: Value, frees_bytes: int = 10, *, days: int = 0, title: int = 0, **care: object) -> Candidate:
    watched = Care(watched_at=NOW - timedelta(days=days), **care)
    return Candidate(value, TITLES[title], UUID(int=frees_bytes * 100 + int(value)), frees_bytes, watched)


def that_may_go_together(things: list[Candidate]) -> list[Candidate]:
    """What is not protected, and of a download and its copy the download alone."""
    free = [one for one in things if not one.is_protected(NOW)]
    paid = {one.title_id for one in free if one.value == Value.PAYLOAD}
    return [one for one in free if one.value != Value.COPY or one.title_id not in paid]


@given(candidates, st.integers(1, 400))
def test_a_download_and_its_copy_never_go_both(things, needed):
    victims = choose_victims(things, needed_bytes=needed, now=NOW)
    gone = {value: {one.title_id for one in victims if one.value == value} for value in Value}
    assert not gone[Value.PAYLOAD] & gone[Value.COPY]


@pytest.mark.parametrize(
    ("needed", "chosen"),
    [(15, [Value.LOWER_RUNG]), (45, [Value.LOWER_RUNG, Value.PAYLOAD]), (50, [Value.TITLE]), (101, [])],
)
def test_where_the_download_is_not_enough_the_whole_film_goes(needed, chosen):
    sizes = {Value.LOWER_RUNG: 15, Value.PAYLOAD: 30, Value.COPY: 15, Value.TITLE: 100}
    things = [thing(value, size) for value, size in sizes.items()]
    assert [victim.value for victim in choose_victims(things, needed_bytes=needed, now=NOW)] == chosen


def test_the_copy_of_one_film_goes_with_the_download_of_another():
    things = [thing(Value.PAYLOAD, 30, title=0), thing(Value.COPY, 15, title=1)]
    assert len(choose_victims(things, needed_bytes=45, now=NOW)) == 2


@given(candidates, st.integers(-5, 400))
def test_nothing_protected_is_ever_chosen(things, needed):
    for victim in choose_victims(things, needed_bytes=needed, now=NOW):
        assert not victim.is_leased
        is_cared_for = victim.care.is_listed or victim.care.is_kept or (victim.care.held_until or NOW) > NOW
        assert victim.value == Value.LEFTOVER or not is_cared_for


@given(candidates, st.integers(1, 400))
def test_what_is_chosen_is_enough_and_no_more(things, needed):
    victims = choose_victims(things, needed_bytes=needed, now=NOW)
    freed = sum(victim.frees_bytes for victim in victims)
    assert not victims or freed >= needed
    for victim in victims:
        assert freed - victim.frees_bytes < needed, "one of them could have stayed"


@given(candidates, st.integers(1, 400))
def test_nothing_of_more_value_goes_while_something_of_less_would_do(things, needed):
    victims = choose_victims(things, needed_bytes=needed, now=NOW)
    if not victims:
        return
    dearest = max(victim.value for victim in victims)
    cheaper = [one for one in that_may_go_together(things) if one.value < dearest]
    assert sum(one.frees_bytes for one in cheaper) < needed


@given(candidates, st.integers(1, 400))
def test_when_all_together_are_not_enough_nothing_goes(things, needed):
    free = that_may_go_together(things)
    whole = {one.title_id for one in free if one.value == Value.TITLE}
    parts = [one for one in free if one.value == Value.TITLE or one.title_id not in whole]
    if not choose_victims(things, needed_bytes=needed, now=NOW):
        assert sum(one.frees_bytes for one in parts) < needed


def test_two_films_of_one_title_go_both_when_both_are_needed():
    films = [thing(Value.TITLE, title=1, frees_bytes=size) for size in (1, 56)]
    assert len(choose_victims(films, needed_bytes=57, now=NOW)) == 2


def test_the_order_is_the_one_of_the_design():
    things = [thing(value, title=int(value) % 4) for value in reversed(Value)]
    order = [choose_victims(things[-count:], needed_bytes=10, now=NOW)[0].value for count in range(1, len(Value) + 1)]
    assert order == [Value.LEFTOVER] * len(Value)
    for dropped in Value:
        left = [one for one in things if one.value > dropped]
        assert [one.value for one in choose_victims(left, needed_bytes=10, now=NOW)] == sorted(
            one.value for one in left
        )[:1]


def test_of_two_equal_things_the_one_watched_longer_ago_goes():
    things = [thing(Value.TITLE, 10, days=1, title=0), thing(Value.TITLE, 11, days=9, title=1)]
    assert [victim.title_id for victim in choose_victims(things, needed_bytes=5, now=NOW)] == [TITLES[1]]


def test_a_title_that_goes_is_not_counted_twice_with_its_rungs():
    things = [thing(Value.ENCODE, 30), thing(Value.TITLE, 50)]
    assert choose_victims(things, needed_bytes=60, now=NOW) == []
    assert [victim.value for victim in choose_victims(things, needed_bytes=40, now=NOW)] == [Value.TITLE]


def test_leftovers_go_even_of_a_title_that_is_watched():
    held = NOW + timedelta(minutes=5)
    things = [thing(Value.LEFTOVER, held_until=held), thing(Value.TITLE, 50, held_until=held)]
    assert [victim.value for victim in choose_victims(things, needed_bytes=5, now=NOW)] == [Value.LEFTOVER]


@pytest.mark.parametrize(
    ("days", "is_listed", "is_copy", "is_last", "value"),
    [
        (8, False, False, False, Value.IDLE_LOWER_RUNG),
        (6, False, False, False, Value.LOWER_RUNG),
        (8, True, False, False, Value.LOWER_RUNG),
        (8, False, False, True, Value.ENCODE),
        (8, False, True, False, Value.COPY),
    ],
)
def test_the_value_of_a_rung(days, is_listed, is_copy, is_last, value):
    care = Care(watched_at=NOW - timedelta(days=days), is_listed=is_listed)
    assert rung_value(care, NOW, is_copy=is_copy, is_last_encode=is_last) == value


def test_a_week_is_over_after_seven_days():
    assert not Care(watched_at=NOW - UNWATCHED_FOR).is_idle(NOW)
    assert Care(watched_at=NOW - UNWATCHED_FOR - timedelta(seconds=1)).is_idle(NOW)


SEGMENTS = Segments(1, tuple(range(0, 100, 4)), 100, (100,) * 25)


def test_an_encode_is_bounded_by_its_rate_cap():
    recipe = Recipe(mode=Mode.ENCODE, stream=0, max_kbps=1_200)
    whole = estimate_bytes(recipe, TrackKind.VIDEO, SEGMENTS, range(25), source_bytes=10**9)
    assert 1_200_000 / 8 * 100 <= whole <= 1_200_000 / 8 * 100 * 1.1


def test_a_copy_takes_as_much_as_its_source_and_a_part_of_it_may_be_the_sharpest():
    recipe = Recipe(mode=Mode.COPY, stream=0)
    whole = estimate_bytes(recipe, TrackKind.VIDEO, SEGMENTS, range(25), source_bytes=10**8)
    part = estimate_bytes(recipe, TrackKind.VIDEO, SEGMENTS, range(5), source_bytes=10**8)
    half = estimate_bytes(recipe, TrackKind.VIDEO, SEGMENTS, range(12), source_bytes=10**8)
    assert 10**8 <= whole <= 1.05 * 10**8
    assert Fraction(part, whole) > Fraction(1, 2)
    assert Fraction(1, 2) < Fraction(half, whole) < Fraction(4, 5)


@given(st.integers(0, 25), st.integers(0, 25))
def test_more_segments_never_take_less(few, more):
    recipe = Recipe(mode=Mode.ENCODE, stream=0, max_kbps=2_800)
    small, large = sorted((few, more))
    sizes = [
        estimate_bytes(recipe, TrackKind.VIDEO, SEGMENTS, range(count), source_bytes=10**8) for count in (small, large)
    ]
    assert sizes[0] <= sizes[1]
    assert estimate_bytes(recipe, TrackKind.VIDEO, SEGMENTS, (), source_bytes=10**8) == 0


def test_segments_of_spans():
    assert segments_of([(0, 2), (5, 7)], [1, 2, 5, 6, 7]) == [1, 5, 6]
