"""How far ahead of now a change of the film is scheduled, so that everybody hears of it before it is due. Pure."""

from collections.abc import Sequence
from math import ceil

LEAD_MIN_MS = 80
LEAD_MAX_MS = 400
LEAD_MARGIN_MS = 60  # for the player to get ready for a start; a rest needs none (decision 0030)


def lead_ms(delays: Sequence[tuple[float, float]]) -> int:
    """How far ahead to schedule, from each member's (round trip, jitter) in ms: p90(rtt/2 + 2 jitter) + 60, 80..400.

    The slowest tenth starts late and catches up by rate; nobody waits for them.
    """
    if not delays:
        return LEAD_MIN_MS
    one_way = sorted(rtt / 2 + 2 * jitter for rtt, jitter in delays)
    p90 = one_way[max(0, ceil(len(one_way) * 0.9) - 1)]
    return round(min(max(p90 + LEAD_MARGIN_MS, LEAD_MIN_MS), LEAD_MAX_MS))


def rest_lead_ms(lead_ms: int) -> int:
    """How far ahead everybody can stop, where ``lead_ms`` is for a start; at its bound that may have no margin."""
    if lead_ms >= LEAD_MAX_MS:
        return lead_ms
    return max(lead_ms - LEAD_MARGIN_MS, min(lead_ms, LEAD_MIN_MS))
