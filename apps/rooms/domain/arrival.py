"""A film that is still arriving: the room stops once before the edge of what is here, and goes on when there is more.

Invariant: where it goes on is ten seconds of film beyond where it stops, so it never flickers at the edge.
"""

from dataclasses import dataclass, replace
from math import ceil

from apps.rooms.domain.playback import Barrier, Cause, Timeline, Why, position_at
from apps.rooms.domain.waiting import go_on, stand_still

EDGE_S = 5.0
MORE_S = 10.0
GIVE_UP_MS = 600_000  # a download that stands still for ten minutes is no pause any more
ETA_STEP_MS = 5_000  # a forecast that moves by less than this is not told again
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Arrival:
    """A film that can be played until ``until_s`` as yet; ``speed`` is seconds of film per second, None if unknown."""

    until_s: float
    speed: float | None = None


def eta_s(arrival: Arrival, wanted_s: float) -> float | None:
    """Seconds until the film can be played up to ``wanted_s``; None while nothing arrives."""
    missing_s = wanted_s - arrival.until_s
    if missing_s <= 0:
        return 0.0
    return missing_s / arrival.speed if arrival.speed else None


def refusal(arrival: Arrival | None, target_s: float) -> str:
    """Why nobody can go to ``target_s`` now, in words; empty when they can. ``None``: the film is here."""
    if arrival is None or arrival.until_s > target_s:
        return ""
    left_s = eta_s(arrival, target_s + EDGE_S + MORE_S)
    if left_s is None:
        return "The film has not arrived there yet."
    return f"The film has not arrived there yet. Try again in {_in_words(left_s)}."


def _in_words(left_s: float) -> str:
    if left_s <= MINUTE_S:
        return f"{max(1, ceil(left_s))} s"
    return f"{ceil(left_s / MINUTE_S)} minutes"


def mind_source(
    timeline: Timeline, arrival: Arrival | None, *, bid: str, now_ms: float, lead_ms: int
) -> Timeline | None:
    """The timeline after a look at the source; None when nothing changes. ``None``: the film is here."""
    if timeline.wait is not None and timeline.wait.why is Why.SOURCE:
        return _while_waiting(timeline, timeline.wait, arrival, now_ms, lead_ms)
    if arrival is None or not timeline.playing or _ahead_s(timeline, arrival, now_ms) >= EDGE_S:
        return None
    now = ceil(now_ms)
    eta_ms = _eta_ms(timeline, arrival, now_ms)
    wait = Barrier(bid, (), now + GIVE_UP_MS, Why.SOURCE, began_ms=now, eta_ms=eta_ms)
    return stand_still(timeline, wait, now_ms=now_ms, lead_ms=lead_ms)


def _while_waiting(
    timeline: Timeline, wait: Barrier, arrival: Arrival | None, now_ms: float, lead_ms: int
) -> Timeline | None:
    if arrival is None or _ahead_s(timeline, arrival, now_ms) >= EDGE_S + MORE_S:
        return go_on(timeline, now_ms=now_ms, lead_ms=lead_ms)
    now = ceil(now_ms)
    if now_ms >= wait.until_ms:
        return replace(timeline, rev=timeline.rev + 1, cause=Cause.PAUSE, by=None, wait=None, made_ms=now)
    eta_ms = _eta_ms(timeline, arrival, now_ms)
    if not _is_news(wait.eta_ms, eta_ms):
        return None
    return replace(timeline, rev=timeline.rev + 1, wait=replace(wait, eta_ms=eta_ms), made_ms=now)


def _ahead_s(timeline: Timeline, arrival: Arrival, now_ms: float) -> float:
    return arrival.until_s - position_at(timeline, now_ms) / 1000


def _eta_ms(timeline: Timeline, arrival: Arrival, now_ms: float) -> int | None:
    left_s = eta_s(arrival, position_at(timeline, now_ms) / 1000 + EDGE_S + MORE_S)
    return None if left_s is None else round(now_ms + left_s * 1000)


def _is_news(before_ms: int | None, after_ms: int | None) -> bool:
    if before_ms is None or after_ms is None:
        return before_ms != after_ms
    return abs(after_ms - before_ms) >= ETA_STEP_MS
