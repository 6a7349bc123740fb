"""The life of one acquisition as a single table. Invariant: a pair that is not in the table never happens.

Everything that moves an acquisition asks ``next_state`` first and then stores the answer by compare-and-swap.
"""

from enum import StrEnum


class State(StrEnum):
    SUBMITTED = "submitted"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    SEARCHING = "searching"
    WAITING_SPACE = "waiting_space"
    QUEUED = "queued"
    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    PACKAGING = "packaging"
    READY = "ready"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EVICTED = "evicted"
    NEEDS_ATTENTION = "needs_attention"


class Event(StrEnum):
    APPROVAL_ASKED = "approval_asked"
    APPROVED = "approved"
    DECLINED = "declined"
    SEARCH_STARTED = "search_started"
    SOURCE_CHOSEN = "source_chosen"
    SPACE_SHORT = "space_short"
    SPACE_FREED = "space_freed"
    SOURCES_EXHAUSTED = "sources_exhausted"
    DOWNLOAD_STARTED = "download_started"
    SOURCE_LOST = "source_lost"
    DOWNLOAD_FINISHED = "download_finished"
    CONTENT_ACCEPTED = "content_accepted"
    CONTENT_REFUSED = "content_refused"
    PACKAGED = "packaged"
    GAVE_UP = "gave_up"
    PARKED = "parked"
    RETRIED = "retried"
    CANCELLED = "cancelled"
    EVICTED = "evicted"


# States in which work or waiting goes on; the parked one counts, because a retry continues it.
LIVE = frozenset(
    {
        State.SUBMITTED,
        State.PENDING_APPROVAL,
        State.APPROVED,
        State.SEARCHING,
        State.WAITING_SPACE,
        State.QUEUED,
        State.DOWNLOADING,
        State.VERIFYING,
        State.PACKAGING,
        State.NEEDS_ATTENTION,
    }
)
OVER = frozenset(State) - LIVE
# At most one acquisition of a title and profile is in these: the others follow it, or play what it brought.
HOLDING = LIVE | {State.READY}
FETCHING = frozenset({State.QUEUED, State.DOWNLOADING})
# A download that is ready to start and finds no room; it starts by itself once there is some.
WITHOUT_SPACE = frozenset({State.WAITING_SPACE, State.NEEDS_ATTENTION})
# Here a worker or the engine does something, so the sweeper looks after lost hints.
MOVING = frozenset({State.SUBMITTED, State.APPROVED, State.VERIFYING, State.PACKAGING}) | FETCHING | WITHOUT_SPACE
RETRYABLE = frozenset({State.FAILED, State.NEEDS_ATTENTION})

_STEPS = {
    (State.SUBMITTED, Event.APPROVED): State.APPROVED,
    (State.SUBMITTED, Event.APPROVAL_ASKED): State.PENDING_APPROVAL,
    (State.PENDING_APPROVAL, Event.APPROVED): State.APPROVED,
    (State.PENDING_APPROVAL, Event.DECLINED): State.DECLINED,
    (State.APPROVED, Event.SEARCH_STARTED): State.SEARCHING,
    (State.SEARCHING, Event.SOURCE_CHOSEN): State.QUEUED,
    (State.SEARCHING, Event.SOURCES_EXHAUSTED): State.FAILED,
    (State.SEARCHING, Event.SPACE_SHORT): State.WAITING_SPACE,
    (State.QUEUED, Event.SPACE_SHORT): State.WAITING_SPACE,
    (State.WAITING_SPACE, Event.SPACE_FREED): State.QUEUED,
    (State.WAITING_SPACE, Event.SOURCE_LOST): State.SEARCHING,
    (State.NEEDS_ATTENTION, Event.SPACE_FREED): State.QUEUED,
    (State.NEEDS_ATTENTION, Event.SOURCE_LOST): State.SEARCHING,
    (State.QUEUED, Event.DOWNLOAD_STARTED): State.DOWNLOADING,
    (State.QUEUED, Event.SOURCE_LOST): State.SEARCHING,
    (State.DOWNLOADING, Event.SOURCE_LOST): State.SEARCHING,
    (State.DOWNLOADING, Event.DOWNLOAD_FINISHED): State.VERIFYING,
    (State.VERIFYING, Event.CONTENT_ACCEPTED): State.PACKAGING,
    (State.VERIFYING, Event.CONTENT_REFUSED): State.SEARCHING,
    (State.PACKAGING, Event.CONTENT_REFUSED): State.SEARCHING,
    (State.PACKAGING, Event.PACKAGED): State.READY,
    (State.READY, Event.EVICTED): State.EVICTED,
    (State.FAILED, Event.RETRIED): State.SEARCHING,
    (State.NEEDS_ATTENTION, Event.RETRIED): State.SEARCHING,
}
_GIVES_UP = (
    State.WAITING_SPACE,
    State.QUEUED,
    State.DOWNLOADING,
    State.VERIFYING,
    State.PACKAGING,
    State.NEEDS_ATTENTION,
)
_PARKS = (State.WAITING_SPACE, State.QUEUED, State.DOWNLOADING, State.VERIFYING, State.PACKAGING)

TABLE: dict[tuple[State, Event], State] = (
    _STEPS
    | {(state, Event.GAVE_UP): State.FAILED for state in _GIVES_UP}
    | {(state, Event.PARKED): State.NEEDS_ATTENTION for state in _PARKS}
    | {(state, Event.CANCELLED): State.CANCELLED for state in LIVE}
)


def next_state(state: State, event: Event) -> State | None:
    """Where ``event`` leads from ``state``; None when it has no meaning there."""
    return TABLE.get((state, event))
