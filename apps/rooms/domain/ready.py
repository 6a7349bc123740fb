"""Is everybody ready? Who said so, as several processes hear it, and the start that follows. Pure.

Invariant: ``merge`` gives the same whatever comes first, twice or late, so processes that hear the same agree.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from apps.rooms.domain.playback import Cause, Timeline, is_at_end, is_going

COUNTDOWN_MS = 3_000  # three, two, one


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said last, at room time ``at_ms``."""

    is_ready: bool
    at_ms: float


@dataclass(frozen=True, slots=True)
class ReadyCheck:
    """The last one of a room; ``by`` opened it at ``asked_ms``."""

    asked_ms: float = 0.0
    closed_ms: float = 0.0
    by: str = ""
    words: Mapping[str, Word] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.asked_ms > self.closed_ms

    @property
    def ready(self) -> list[str]:
        return sorted(uid for uid, word in self.words.items() if word.is_ready)


def ask(by: str, *, now_ms: float) -> ReadyCheck:
    """Whoever asks is ready."""
    return ReadyCheck(asked_ms=now_ms, by=by, words={by: Word(is_ready=True, at_ms=now_ms)})


def say(check: ReadyCheck, uid: str, *, is_ready: bool, now_ms: float) -> ReadyCheck:
    return replace(check, words={**check.words, uid: Word(is_ready, now_ms)})


def close(check: ReadyCheck, *, now_ms: float) -> ReadyCheck:
    return replace(check, closed_ms=max(now_ms, check.asked_ms))


def merge(one: ReadyCheck, other: ReadyCheck) -> ReadyCheck:
    """The younger check, or all that was said about the same one; of one person the last word, and yes before no."""
    if (one.asked_ms, one.by) != (other.asked_ms, other.by):
        return max(one, other, key=lambda check: (check.asked_ms, check.by))
    words = dict(one.words)
    for uid, word in other.words.items():
        words[uid] = max(words.get(uid, word), word, key=lambda item: (item.at_ms, item.is_ready))
    return replace(one, words=words, closed_ms=max(one.closed_ms, other.closed_ms))


def are_all_ready(check: ReadyCheck, present: Collection[str]) -> bool:
    return check.is_open and bool(present) and set(present) <= set(check.ready)


def start_together(timeline: Timeline, *, now_ms: float, by: str | None) -> Timeline | None:
    """The room plays in three seconds; None when it plays already, or waits for somebody and goes on by itself."""
    if timeline.wait is not None or is_going(timeline, now_ms):
        return None
    position_ms = 0 if is_at_end(timeline, now_ms) else timeline.position_ms
    return replace(
        timeline, rev=timeline.rev + 1, playing=True, position_ms=position_ms, wait=None,
        at_ms=ceil(now_ms) + COUNTDOWN_MS, cause=Cause.TOGETHER, by=by, made_ms=ceil(now_ms),
    )  # fmt: skip
