"""Text subtitles as plain timed lines, and WebVTT written from them.

Invariant: what a file says becomes text and nothing else: styling is dropped, markup that is left is shown as letters,
and every cue lies inside the film.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

MAX_CUES = 30_000  # a film has 2,000 lines; typeset karaoke has 20,000
MAX_TEXT_CHARS = 1_000
MAX_LINES = 8
LONGEST_OFFSET_MS = 60 * 60 * 1000
LONGEST_CUE_MS = 60_000  # the end of a line that says none

OVERRIDE = re.compile(r"\{\\[^{}]*\}")
BRACES = re.compile(r"\{[^{}]*\}")
# What SubRip and WebVTT know as styling. Anything else between angle brackets was written to be read.
STYLING = re.compile(r"</?(?:i|b|u|s|c|v|lang|ruby|rt|font)(?:[.\s][^<>]*)?>|<\d{2}[\d:.]*>", re.IGNORECASE)
DRAWING = re.compile(r"\\p[1-9]")
LINE_BREAK = re.compile(r"<br\s*/?>|\\N|\\n", re.IGNORECASE)
ENTITIES = {"&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&lrm;": "\u200e", "&rlm;": "\u200f", "&amp;": "&"}


@dataclass(frozen=True, slots=True, order=True)
class Cue:
    start_ms: int
    end_ms: int
    text: str


def plain_text(text: str, *, braces_are_styling: bool = False, has_entities: bool = False) -> str:
    """Text to be shown, its lines separated by ``\\n``; empty when nothing is left.

    ``braces_are_styling``: in ASS everything in braces is hidden; elsewhere only what begins with a backslash is.
    """
    text = LINE_BREAK.sub("\n", text.replace("\\h", " "))
    text = (BRACES if braces_are_styling else OVERRIDE).sub("", text)
    text = STYLING.sub("", text)
    if has_entities:
        for entity, letter in ENTITIES.items():
            text = text.replace(entity, letter)
    lines = (" ".join(shown(line).split()) for line in text.splitlines())
    return "\n".join([line for line in lines if line][:MAX_LINES])[:MAX_TEXT_CHARS].strip()


def shown(text: str) -> str:
    """Without control characters, lone surrogates and unassigned code points; joiners and directions stay."""
    return "".join(char if _is_shown(char) else " " for char in text)


def _is_shown(char: str) -> bool:
    kind = unicodedata.category(char)
    return kind not in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} and char not in "\ufeff\ufffc"


def fit(cues: Iterable[Cue], *, duration_ms: int, offset_ms: int = 0) -> list[Cue]:
    """Sorted, moved by ``offset_ms``, cut to the film, without repeats; a repeat that follows at once is one cue.

    Overlapping cues stay: players show them together.
    """
    fitted: list[Cue] = []
    latest: dict[str, int] = {}  # text: position of its last cue
    for cue in sorted(cues):
        start_ms = max(0, cue.start_ms + offset_ms)
        end_ms = min(duration_ms, cue.end_ms + offset_ms)
        if start_ms >= end_ms or not cue.text:
            continue
        before = latest.get(cue.text)
        if before is not None and start_ms <= fitted[before].end_ms + 1:
            fitted[before] = replace(fitted[before], end_ms=max(end_ms, fitted[before].end_ms))
            continue
        latest[cue.text] = len(fitted)
        fitted.append(Cue(start_ms, end_ms, cue.text))
    return fitted[:MAX_CUES]


def webvtt(cues: Sequence[Cue]) -> str:
    """The file that browsers read; letters that mean something in WebVTT are escaped."""
    blocks = [f"{clock(cue.start_ms)} --> {clock(cue.end_ms)}\n{_escaped(cue.text)}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def clock(ms: int) -> str:
    """``00:01:02.003``"""
    minutes, ms = divmod(ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{ms // 1000:02d}.{ms % 1000:03d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_drawing(text: str) -> bool:
    """ASS draws shapes with the same events that carry text."""
    return DRAWING.search(text) is not None
