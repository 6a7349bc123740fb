"""When the room waits for somebody whose film stands still, and when it goes on.

Invariant: a wait is part of the timeline, so it ends for everybody at once; it never lasts longer than eight seconds,
and one person cannot make the room wait more than three times in ten minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from apps.rooms.domain.playback import Barrier, Cause, Timeline, position_at

STALL_S = 0.8
SETTLED_MS = 3_000  # whoever is late after a start or seek catches up by rate
SETTLED_IN_S = 20.0  # a joiner never stops the others
MOST_MS = 8_000
WAITS_PER_PERSON = 3
BUDGET_WINDOW_S = 600.0


@dataclass(frozen=True, slots=True)
class Stall:
    """Somebody whose film stands still: for how long, since when they are here, and when the room waited for them."""

    stalled_s: float
    here_s: float
    waited_ago_s: Sequence[float] = ()


def deserves_wait(stall: Stall, timeline: Timeline, *, now_ms: float, present: int) -> bool:
    recent = sum(ago < BUDGET_WINDOW_S for ago in stall.waited_ago_s)
    return (
        timeline.playing
        and present > 1
        and stall.stalled_s >= STALL_S
        and stall.here_s >= SETTLED_IN_S
        and now_ms - timeline.at_ms >= SETTLED_MS
        and recent < WAITS_PER_PERSON
    )


def begin_wait(timeline: Timeline, *, bid: str, uid: str, now_ms: float, lead_ms: int) -> Timeline | None:
    """Stand still for ``uid``; None when the room does not play."""
    if not timeline.playing:
        return None
    at_ms = ceil(now_ms) + lead_ms
    return replace(
        timeline,
        rev=timeline.rev + 1,
        playing=False,
        position_ms=round(position_at(timeline, at_ms)),
        at_ms=at_ms,
        cause=Cause.WAIT,
        by=None,
        wait=Barrier(bid=bid, waiting_for=(uid,), until_ms=ceil(now_ms) + MOST_MS),
        made_ms=ceil(now_ms),
    )


def end_wait(timeline: Timeline, *, bid: str, now_ms: float, lead_ms: int) -> Timeline | None:
    """Go on; None when the room does not wait, or waits for something else by now."""
    if timeline.wait is None or timeline.wait.bid != bid:
        return None
    at_ms = ceil(now_ms) + lead_ms
    return replace(
        timeline, rev=timeline.rev + 1, playing=True, at_ms=at_ms, cause=Cause.RESUME, by=None, wait=None,
        made_ms=ceil(now_ms),
    )  # fmt: skip
