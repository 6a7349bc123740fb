"""The life of a request, over all pairs of state and event."""

import pytest

from apps.catalog.domain.titles import Availability
from apps.movie_requests.domain.states import (
    FETCHING,
    HOLDING,
    LIVE,
    MOVING,
    OVER,
    RETRYABLE,
    TABLE,
    Event,
    State,
    next_state,
)
from apps.movie_requests.domain.words import EVENT_TEXTS, availability_of

# Written by hand from the design page, state by state; everything not named here must lead nowhere.
EXPECTED = {
    State.SUBMITTED: {Event.APPROVED: "approved", Event.APPROVAL_ASKED: "pending_approval"},
    State.PENDING_APPROVAL: {Event.APPROVED: "approved", Event.DECLINED: "declined"},
    State.APPROVED: {Event.SEARCH_STARTED: "searching"},
    State.SEARCHING: {
        Event.SOURCE_CHOSEN: "queued",
        Event.SPACE_SHORT: "waiting_space",
        Event.SOURCES_EXHAUSTED: "failed",
    },
    State.WAITING_SPACE: {
        Event.SPACE_FREED: "queued",
        Event.SOURCE_LOST: "searching",
        Event.GAVE_UP: "failed",
        Event.PARKED: "needs_attention",
    },
    State.QUEUED: {
        Event.SPACE_SHORT: "waiting_space",
        Event.DOWNLOAD_STARTED: "downloading",
        Event.SOURCE_LOST: "searching",
        Event.GAVE_UP: "failed",
        Event.PARKED: "needs_attention",
    },
    State.DOWNLOADING: {
        Event.DOWNLOAD_FINISHED: "verifying",
        Event.SOURCE_LOST: "searching",
        Event.GAVE_UP: "failed",
        Event.PARKED: "needs_attention",
    },
    State.VERIFYING: {
        Event.CONTENT_ACCEPTED: "packaging",
        Event.CONTENT_REFUSED: "searching",
        Event.GAVE_UP: "failed",
        Event.PARKED: "needs_attention",
    },
    State.PACKAGING: {
        Event.PACKAGED: "ready",
        Event.CONTENT_REFUSED: "searching",
        Event.GAVE_UP: "failed",
        Event.PARKED: "needs_attention",
    },
    State.NEEDS_ATTENTION: {
        Event.RETRIED: "searching",
        Event.GAVE_UP: "failed",
        Event.SPACE_FREED: "queued",
        Event.SOURCE_LOST: "searching",
    },
    State.READY: {Event.EVICTED: "evicted"},
    State.FAILED: {Event.RETRIED: "searching"},
    State.DECLINED: {},
    State.CANCELLED: {},
    State.EVICTED: {},
}


@pytest.mark.parametrize("state", State)
def test_each_event_leads_where_the_design_says(state: State) -> None:
    wanted = dict(EXPECTED[state])
    if state in LIVE:
        wanted[Event.CANCELLED] = "cancelled"
    assert {event: next_state(state, event) for event in Event} == {event: wanted.get(event) for event in Event}


def test_every_live_state_can_end_and_every_state_can_be_reached() -> None:
    reached = set(TABLE.values()) | {State.SUBMITTED}
    assert reached == set(State)
    for start in LIVE:
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            for (state, _), target in TABLE.items():
                if state == here and target not in seen:
                    seen.add(target)
                    todo.append(target)
        assert State.CANCELLED in seen
        assert State.READY in seen or start == State.CANCELLED


def test_the_groups_of_states_fit_together() -> None:
    assert frozenset(State) == LIVE | OVER
    assert not LIVE & OVER
    assert FETCHING < MOVING < LIVE < HOLDING
    assert {State.READY} == HOLDING - LIVE
    assert all((state, Event.RETRIED) in TABLE for state in RETRYABLE)


def test_every_event_has_words() -> None:
    assert set(EVENT_TEXTS) == set(Event)


def test_availability_follows_the_state() -> None:
    assert availability_of(State.SUBMITTED, is_playable=False) == Availability.REQUESTED
    assert availability_of(State.SEARCHING, is_playable=False) == Availability.REQUESTED
    assert availability_of(State.DOWNLOADING, is_playable=False) == Availability.DOWNLOADING
    assert availability_of(State.PACKAGING, is_playable=True) == Availability.PLAYABLE
    assert availability_of(State.READY, is_playable=True) == Availability.READY
    for state in (State.FAILED, State.CANCELLED, State.DECLINED, State.EVICTED):
        assert availability_of(state, is_playable=True) == Availability.NONE
