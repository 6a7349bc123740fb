"""How well a room stays together, from what its members say of their films. Pure.

Invariant: the parts that several processes saw merge into what one process would have seen.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SAMPLES_KEPT = 600  # of a room in one process: ten minutes of five members
LEAST_WATCHED_S = 60.0  # before that a number per hour says nothing


@dataclass(frozen=True, slots=True)
class RoomFigures:
    """``drifts_ms``: how far playing members on screen were off, either way. The rest: of the last hour.

    ``watched_s`` adds the members up; ``stalls`` and ``seeks`` (corrections that jump) happened within it.
    """

    people: int = 0
    talkers: int = 0
    drifts_ms: Sequence[int] = ()
    watched_s: float = 0.0
    stalls: int = 0
    seeks: int = 0


@dataclass(frozen=True, slots=True)
class Drift:
    p50_ms: int
    p95_ms: int
    p99_ms: int
    samples: int


def merge(parts: Iterable[RoomFigures]) -> RoomFigures:
    found = list(parts)
    return RoomFigures(
        people=sum(part.people for part in found),
        talkers=sum(part.talkers for part in found),
        drifts_ms=[drift for part in found for drift in part.drifts_ms],
        watched_s=sum(part.watched_s for part in found),
        stalls=sum(part.stalls for part in found),
        seeks=sum(part.seeks for part in found),
    )


def drift_of(drifts_ms: Sequence[int]) -> Drift | None:
    """Percentiles by nearest rank; None without a sample."""
    if not drifts_ms:
        return None
    ordered = sorted(drifts_ms)

    def rank(share: float) -> int:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    return Drift(rank(0.50), rank(0.95), rank(0.99), len(ordered))


def per_hour(count: int, watched_s: float) -> float | None:
    """How often in an hour of one member's watching; None while too little was watched."""
    return count / watched_s * 3600 if watched_s >= LEAST_WATCHED_S else None
