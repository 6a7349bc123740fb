"""Chapters, and where the intro and the credits are: from chapter names first, else from black and silent moments.

Candidates, not facts: a player offers to skip, it never skips by itself. Times are seconds of the film.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from apps.streaming.domain.cues import shown

MAX_CHAPTERS = 300
TITLE_MAX = 120
CHAPTER_MIN_S = 0.5

HEAD_S = 20 * 60  # where an intro can be
TAIL_S = 10 * 60  # where credits begin
INTRO_MIN_S, INTRO_MAX_S = 15.0, 150.0
CREDITS_MIN_S = 20.0
NEAR_S = 0.75  # a black moment and a silent one this close are one cut
REACH_S = 2 * NEAR_S
LONGEST_LOOK_S = 10.0
MAX_WINDOWS = 24  # silent moments whose pictures are looked at
SHORTEST_FILM_S = 5 * 60  # a shorter one has no intro worth a button

# The whole name: "The opening of the door" and "Ed arrives" are chapters of the story.
_AROUND = r"(?:the |chapter |part |\d+|\W)*"
INTRO_NAMES = re.compile(
    rf"{_AROUND}(?:intro|introduction|opening(?: credits| titles?| theme| song)?|(?:main |opening )?title sequence|"
    rf"main titles?|op|vorspann|g[eé]n[eé]rique(?: de d[eé]but)?){_AROUND}",
    re.IGNORECASE,
)
CREDITS_NAMES = re.compile(
    rf"{_AROUND}(?:(?:end |closing |final )?credits|end titles?|outro|ending(?: theme| song)?|closing|ed|abspann|"
    rf"g[eé]n[eé]rique de fin){_AROUND}",
    re.IGNORECASE,
)


class MarkKind(StrEnum):
    INTRO = "intro"
    CREDITS = "credits"


@dataclass(frozen=True, slots=True)
class Chapter:
    start_s: float
    end_s: float
    title: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Mark:
    kind: MarkKind
    start_s: float
    end_s: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


Span = tuple[float, float]


def clean_chapters(found: Iterable[Mapping[str, Any]], *, zero_s: float, duration_s: float) -> list[Chapter]:
    """The container's chapters in the film's own time: sorted, named, inside the film, as many as a menu holds."""
    chapters: list[Chapter] = []
    for entry in sorted(found, key=lambda chapter: chapter["start_s"]):
        start_s = max(0.0, entry["start_s"] - zero_s)
        end_s = min(duration_s, entry["end_s"] - zero_s)
        if end_s - start_s < CHAPTER_MIN_S or len(chapters) >= MAX_CHAPTERS:
            continue
        title = " ".join(shown(str(entry["title"])).split())[:TITLE_MAX] or f"Chapter {len(chapters) + 1}"
        chapters.append(Chapter(round(start_s, 3), round(end_s, 3), title))
    return chapters


def named_marks(chapters: Sequence[Chapter]) -> list[Mark]:
    """Intro and credits as the chapters' names tell them; the first intro, the last credits."""
    intro = next((chapter for chapter in chapters if INTRO_NAMES.fullmatch(chapter.title)), None)
    ending = next((chapter for chapter in reversed(chapters) if CREDITS_NAMES.fullmatch(chapter.title)), None)
    marks = [Mark(MarkKind.INTRO, intro.start_s, intro.end_s)] if intro else []
    if ending and ending is not intro:
        marks.append(Mark(MarkKind.CREDITS, ending.start_s, ending.end_s))
    return marks


def marks_from(
    blacks: Sequence[Span], silences: Sequence[Span], chapters: Sequence[Chapter], duration_s: float
) -> list[Mark]:
    """At most one intro and one credits. Names of chapters win over what was seen and heard."""
    marks = {mark.kind: mark for mark in named_marks(chapters)}
    cuts = _cuts(blacks, silences) if duration_s >= SHORTEST_FILM_S else []
    seen = (_intro_between(cuts, duration_s), _credits_after(cuts, duration_s))
    for mark in seen:
        if mark is not None:
            marks.setdefault(mark.kind, mark)
    return sorted(marks.values(), key=lambda mark: mark.start_s)


def _cuts(blacks: Sequence[Span], silences: Sequence[Span]) -> list[float]:
    """The middles of the black moments that are silent as well."""
    return sorted(
        (start + end) / 2
        for start, end in blacks
        if any(quiet_start - NEAR_S <= end and start <= quiet_end + NEAR_S for quiet_start, quiet_end in silences)
    )


def _intro_between(cuts: Sequence[float], duration_s: float) -> Mark | None:
    """The first two cuts in a row with the length of an intro between them."""
    limit_s = min(HEAD_S, duration_s / 3)
    early = [cut for cut in cuts if cut <= limit_s]
    pairs = (pair for pair in pairwise(early) if INTRO_MIN_S <= pair[1] - pair[0] <= INTRO_MAX_S)
    found = next(pairs, None)
    return Mark(MarkKind.INTRO, round(found[0], 2), round(found[1], 2)) if found else None


def _credits_after(cuts: Sequence[float], duration_s: float) -> Mark | None:
    """From the last cut that leaves time for credits; an earlier one may still be the story."""
    late = [cut for cut in cuts if max(duration_s - TAIL_S, duration_s / 2) <= cut <= duration_s - CREDITS_MIN_S]
    return Mark(MarkKind.CREDITS, round(late[-1], 2), round(duration_s, 2)) if late else None


def listening_spans(duration_s: float) -> list[Span]:
    """The parts of a film in which intro and credits are looked for."""
    if duration_s < SHORTEST_FILM_S:
        return []
    head_end_s = min(HEAD_S, duration_s / 3)
    return [(0.0, head_end_s), (max(head_end_s, duration_s - TAIL_S), duration_s)]


def windows_of(silences: Sequence[Span], duration_s: float) -> list[Span]:
    """Where to look for black: around the longest silences only, because decoding pictures is what costs."""
    longest = sorted(silences, key=lambda span: span[0] - span[1])[:MAX_WINDOWS]
    return sorted(
        (max(0.0, start - REACH_S), min(duration_s, min(end, start + LONGEST_LOOK_S) + REACH_S))
        for start, end in longest
    )


def spans_in(report: str, start_key: str, end_key: str, *, until_s: float) -> list[Span]:
    """The spans in what ffmpeg's ``metadata=print`` wrote; one that is still open at the end lasts ``until_s``."""
    spans: list[Span] = []
    opened: float | None = None
    for line in report.splitlines():
        key, _, value = line.strip().partition("=")
        if key not in {start_key, end_key} or not re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", value):
            continue
        if key == start_key:
            opened = max(0.0, float(value))
        elif opened is not None:
            spans.append((opened, float(value)))
            opened = None
    return [*spans, (opened, until_s)] if opened is not None and opened < until_s else spans
