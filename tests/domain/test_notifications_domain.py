from datetime import timedelta
from itertools import product

import pytest

from apps.notifications.domain import (
    CATEGORY,
    DEFAULTS,
    MAX_ATTEMPTS,
    MOVES,
    SEEN_GRACE,
    Category,
    Channel,
    Event,
    Kind,
    State,
    backoff,
    email_delay,
    is_replaced_by_seeing,
    refusal,
    sources_of,
)

FINAL = {State.SENT, State.DEAD, State.SUPPRESSED, State.UNKNOWN}


@pytest.mark.parametrize(("state", "event"), list(product(sorted(FINAL), Event)))
def test_nothing_leaves_a_final_state(state, event):
    assert (state, event) not in MOVES


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_every_other_state_has_a_way_out(state):
    assert any(source == state for source, _ in MOVES)


def test_a_mail_is_handed_over_only_once_before_its_fate_is_known():
    """From ``handed`` there is no way back to sending but a refusal by the server itself."""
    assert {MOVES[State.HANDED, event] for event in Event if (State.HANDED, event) in MOVES} == {
        State.SENT,
        State.FAILED,
        State.DEAD,
        State.UNKNOWN,
    }


def test_a_worker_lost_before_handing_over_costs_nothing_and_after_it_leaves_a_question():
    assert MOVES[State.SENDING, Event.LOSE] == State.QUEUED
    assert MOVES[State.HANDED, Event.LOSE] == State.UNKNOWN


def test_sources_are_read_from_the_table():
    assert set(sources_of(Event.CLAIM)) == {State.QUEUED, State.FAILED}


def test_every_kind_has_a_category_and_every_switch_a_default():
    assert set(CATEGORY) == set(Kind)
    assert set(DEFAULTS) == set(product(Category, Channel))


def test_the_ready_mail_waits_for_nothing_and_seeing_does_not_replace_it():
    assert email_delay(Kind.READY) == timedelta(0)
    assert not is_replaced_by_seeing(Kind.READY)


def test_other_mails_wait_whether_somebody_sees_it_live():
    assert email_delay(Kind.FAILED) == SEEN_GRACE
    assert is_replaced_by_seeing(Kind.FAILED)


@pytest.mark.parametrize(
    ("attempts", "is_final", "event"),
    [
        (1, False, Event.REFUSE),
        (MAX_ATTEMPTS - 1, False, Event.REFUSE),
        (MAX_ATTEMPTS, False, Event.GIVE_UP),
        (1, True, Event.GIVE_UP),
    ],
)
def test_a_refusal_is_retried_five_times_unless_it_is_final(attempts, is_final, event):
    assert refusal(attempts, is_final=is_final) == event


def test_the_wait_between_tries_grows():
    assert [backoff(n) for n in (1, 2, 3, 4, 5)] == [*sorted(backoff(n) for n in (1, 2, 3, 4)), backoff(4)]
