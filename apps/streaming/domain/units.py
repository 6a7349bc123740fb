"""Which segments of which rungs belong together: the parts of a unit when it is cut, and the runs that make it.

Invariant: cutting neither loses nor doubles a (rung, segment) pair.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.streaming.domain.grid import Segments

# What is taken out of a unit for a viewer: several segments, so that the encoder starts once. Sound is made about
# fifty times as fast as it is heard.
WANTED_S, WANTED_SOUND_S = 32, 600
NEAR_SEGMENTS, NEAR_SOUND = 2, 25  # a maker that is this close is there sooner than a new one


@dataclass(frozen=True, slots=True)
class Part:
    """The segments [first, last) of ``rungs``."""

    first: int
    last: int
    rungs: tuple[str, ...]
    is_wanted: bool = False

    def __bool__(self) -> bool:
        return self.first < self.last and bool(self.rungs)


def end_of_wish(segments: Segments, index: int, limit: int, *, wanted_s: int = WANTED_S) -> int:
    """The first segment that begins ``wanted_s`` or more after ``index`` begins; at most ``limit``."""
    until_s = segments.start_s(index) + Fraction(wanted_s)
    return next((later for later in range(index + 1, limit) if segments.start_s(later) >= until_s), limit)


def cut(whole: Part, rungs: Iterable[str], first: int, last: int) -> list[Part]:
    """The parts of ``whole`` when [first, last) of ``rungs`` is wanted now; the wanted part is marked.

    Before: all rungs | wanted | the same time of the other rungs | after: all rungs.
    """
    first, last = max(first, whole.first), min(last, whole.last)
    wanted = tuple(rung for rung in whole.rungs if rung in set(rungs))
    if first >= last or not wanted:
        return [whole]
    others = tuple(rung for rung in whole.rungs if rung not in wanted)
    parts = (
        Part(whole.first, first, whole.rungs),
        Part(first, last, wanted, is_wanted=True),
        Part(first, last, others),
        Part(last, whole.last, whole.rungs),
    )
    return [part for part in parts if part]


def runs(missing: Mapping[str, Sequence[int]]) -> list[Part]:
    """The runs that make what is missing, in order: each is consecutive and makes only rungs that miss all of it."""
    lacking: dict[int, list[str]] = {}
    for rung, indexes in missing.items():
        for index in indexes:
            lacking.setdefault(index, []).append(rung)
    found: list[Part] = []
    for index in sorted(lacking):
        rungs = tuple(lacking[index])
        if found and found[-1].last == index and found[-1].rungs == rungs:
            found[-1] = Part(found[-1].first, index + 1, rungs)
        else:
            found.append(Part(index, index + 1, rungs))
    return found
