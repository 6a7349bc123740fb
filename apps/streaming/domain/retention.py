"""What goes first when there is no room: pure value, no clock and no disk.

Invariant: nothing that is protected is ever chosen, nothing of more value goes while something of less would do, and
no more than is needed. A download and the copy that stands in for it never go both, unless the film goes whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

UNWATCHED_FOR = timedelta(days=7)  # a lower rung of a film that nobody looked at for a week is the cheapest thing
WATCHER_SILENCE = timedelta(seconds=120)  # players keep 90 s behind them; older pieces are not asked for again
PREROLL_S = 60  # the beginning of every rung stays while the title lives, so that it starts at once


class StorageEventKind(StrEnum):
    RUNG = "rung"  # a rendition went back to being made where it is watched
    SEGMENTS = "segments"  # old pieces of such a rendition
    PAYLOAD = "payload"  # the download that the copy repeats
    TITLE = "title"
    FULL_DISK = "full_disk"
    DAMAGE = "damage"  # the audit found something


class Value(IntEnum):
    """Ascending: the first goes first."""

    LEFTOVER = 0  # pieces of a rung that is made where it is watched: the next viewer makes them again
    IDLE_LOWER_RUNG = 1
    LOWER_RUNG = 2
    ENCODE = 3  # the only picture a browser gets without a fresh encode
    PAYLOAD = 4
    COPY = 5  # remuxed again at a hundred times real time, while its source is here
    TITLE = 6


@dataclass(frozen=True, slots=True)
class Care:
    """What people want of a title, as it is stored."""

    watched_at: datetime
    held_until: datetime | None = None
    is_listed: bool = False
    is_kept: bool = False

    def is_protected(self, now: datetime) -> bool:
        return self.is_listed or self.is_kept or (self.held_until is not None and self.held_until > now)

    def is_idle(self, now: datetime) -> bool:
        return now - self.watched_at > UNWATCHED_FOR


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that could go. ``frees_bytes`` is what the disk gets back; a title contains its other candidates."""

    value: Value
    title_id: UUID
    thing_id: UUID
    frees_bytes: int
    care: Care
    is_leased: bool = False  # a worker writes to it now

    def is_protected(self, now: datetime) -> bool:
        if self.is_leased or self.frees_bytes <= 0:
            return True
        return self.value != Value.LEFTOVER and self.care.is_protected(now)


def rung_value(care: Care, now: datetime, *, is_copy: bool, is_last_encode: bool) -> Value:
    """The value of one picture rendition beyond its pre-roll."""
    if is_copy:
        return Value.COPY
    if is_last_encode:
        return Value.ENCODE
    return Value.IDLE_LOWER_RUNG if care.is_idle(now) and not care.is_protected(now) else Value.LOWER_RUNG


def choose_victims(candidates: Iterable[Candidate], *, needed_bytes: int, now: datetime) -> list[Candidate]:
    """The least valuable things whose sizes add up to ``needed_bytes``; empty when all that may go together does not.

    Within one value the title that was not watched for longest goes first, then the larger thing.
    """
    if needed_bytes <= 0:
        return []
    free = sorted((one for one in candidates if not one.is_protected(now)), key=_rank)
    taken: list[Candidate] = []
    freed = 0
    for one in free:
        if freed >= needed_bytes:
            break
        if _is_all_that_stays(one, taken):
            continue
        taken.append(one)
        taken = _without_parts(taken, one)
        freed = sum(kept.frees_bytes for kept in taken)
    return _only_needed(taken, needed_bytes) if freed >= needed_bytes else []


def _rank(one: Candidate) -> tuple[int, datetime, int, str]:
    return one.value, one.care.watched_at, -one.frees_bytes, str(one.thing_id)


def _is_all_that_stays(one: Candidate, taken: list[Candidate]) -> bool:
    """The copy of a film whose download goes: nothing could make it again."""
    return one.value == Value.COPY and any((it.value, it.title_id) == (Value.PAYLOAD, one.title_id) for it in taken)


def _without_parts(taken: list[Candidate], one: Candidate) -> list[Candidate]:
    """A title that goes takes its rungs with it, so they are not counted twice; another film of it goes by itself."""
    if one.value != Value.TITLE:
        return taken
    return [kept for kept in taken if kept.value == Value.TITLE or kept.title_id != one.title_id]


def _only_needed(taken: list[Candidate], needed_bytes: int) -> list[Candidate]:
    """Spare what the later and larger ones made unnecessary, the most valuable of them first."""
    spare = sum(one.frees_bytes for one in taken) - needed_bytes
    kept: list[Candidate] = []
    for one in sorted(taken, key=_rank, reverse=True):
        if one.frees_bytes <= spare:
            spare -= one.frees_bytes
        else:
            kept.append(one)
    return kept[::-1]
