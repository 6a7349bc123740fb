"""What happens at the end of a film: the next one of the queue is offered, and begins when nobody says no. Pure."""

from dataclasses import replace
from math import ceil

from apps.rooms.domain.playback import ITEM_LEAD_MS, Cause, Film, Timeline, position_at, switch

COUNTDOWN_MS = 10_000  # long enough to find the button
WATCHED_SHARE = 0.95  # what is left are the credits


def stopped_at_ms(timeline: Timeline, now_ms: float) -> int:
    """Where to go on with this film another time; from its start once nothing but the end is left."""
    position_ms = round(position_at(timeline, now_ms))
    is_through = timeline.duration_ms > 0 and position_ms >= timeline.duration_ms * WATCHED_SHARE
    return 0 if is_through else position_ms


def succeed(timeline: Timeline, film: Film, *, now_ms: float) -> Timeline:
    """The room goes on with ``film`` by itself."""
    after = switch(timeline, film, at_ms=ceil(now_ms) + ITEM_LEAD_MS, goes_on=True)
    return replace(after, rev=timeline.rev + 1, cause=Cause.ITEM, by=None, wait=None, made_ms=ceil(now_ms))
