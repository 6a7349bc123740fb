"""The order of a room's queue: what comes next, and what a vote or a hand makes of it. Pure.

Invariant: more votes come first; equal ones keep the order in which they came or were put.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

QUEUE_MAX = 100  # entries of one room


@dataclass(frozen=True, slots=True)
class Entry:
    """A film in the queue. ``lift`` is what a hand added to its votes, or took away, to put it where it is."""

    qid: str
    title: str
    by: str
    name: str
    position: int
    lift: int = 0
    voters: frozenset[str] = frozenset()

    @property
    def score(self) -> int:
        return len(self.voters) + self.lift


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (-entry.score, entry.position, entry.qid))


def place(entries: Sequence[Entry], qid: str, before: str | None) -> list[Entry]:
    """The queue with ``qid`` in front of ``before``, or last; its positions count from 0 anew."""
    entry = next(entry for entry in entries if entry.qid == qid)
    others = [other for other in in_order(entries) if other.qid != qid]
    at = next((index for index, other in enumerate(others) if other.qid == before), len(others))
    if others:
        neighbour = others[min(at, len(others) - 1)]
        entry = replace(entry, lift=neighbour.score - len(entry.voters))
    moved = [*others[:at], entry, *others[at:]]
    return [replace(other, position=index) for index, other in enumerate(moved)]
