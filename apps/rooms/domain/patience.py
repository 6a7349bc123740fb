"""Whom a room waits for, and for how long in sum.

Invariant: nobody makes the others wait for more than 25 s in ten minutes, unless the room waits always; and whoever has
no picture in front of them, or does not want it, is never waited for.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps.rooms.domain.members import Role
from apps.rooms.domain.playback import Cause, Timeline

BUDGET_MS = 25_000
BUDGET_WINDOW_MS = 600_000
LEAST_MS = 1_000  # a shorter wait helps nobody
SKIPPED_MS = 60_000
GONE_S = 3.0  # a socket may break and be back within this time

WATCHING = ("playing", "buffering")
GONE = "reconnecting"


class WaitRule(StrEnum):
    """Whether the room stands still for somebody whose film does. ``smart``: within everybody's budget."""

    NEVER = "never"
    SMART = "smart"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody in the room. ``state_s``: how long they have been in their state. ``companion``: without a picture."""

    uid: str
    role: str
    state: str
    state_s: float = 0.0
    nowait: bool = False
    companion: bool = False


def is_watching(attendee: Attendee) -> bool:
    """Whether there is a picture in front of them, or was a moment ago."""
    if attendee.companion or attendee.role == Role.COMPANION:
        return False
    return attendee.state in WATCHING or (attendee.state == GONE and attendee.state_s <= GONE_S)


def counts(attendee: Attendee) -> bool:
    """Whether the room may wait for them."""
    return is_watching(attendee) and not attendee.nowait


def whom(rule: WaitRule, late: Mapping[str, float]) -> tuple[str, ...]:
    """Those of ``late`` that the room waits for; it says of each how much of their budget is left, in ms."""
    if rule is WaitRule.NEVER:
        return ()
    return tuple(uid for uid, left_ms in late.items() if rule is WaitRule.ALWAYS or left_ms >= LEAST_MS)


@dataclass
class Ledger:
    """What each person cost the others, from the timelines that the room has had. Times are room time in ms."""

    spells: defaultdict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    skipped: dict[str, float] = field(default_factory=dict)

    def note(self, before: Timeline | None, after: Timeline) -> None:
        """The room's timeline is now ``after``."""
        if before is None or before.wait is None:
            return
        goes_on = after.wait is None or after.wait.bid != before.wait.bid
        still = () if goes_on or after.wait is None else after.wait.waiting_for
        for uid in before.wait.waiting_for:
            if uid not in still:
                self.spells[uid].append((before.wait.began_ms, after.made_ms))
        if goes_on and after.cause is Cause.PLAY:
            self.skipped |= dict.fromkeys(before.wait.waiting_for, float(after.made_ms))

    def left_ms(self, uid: str, now_ms: float) -> float:
        """How much longer the room would wait for this person."""
        since_ms = now_ms - BUDGET_WINDOW_MS
        spells = self.spells[uid] = [spell for spell in self.spells[uid] if spell[1] > since_ms]
        return BUDGET_MS - sum(end_ms - max(began_ms, since_ms) for began_ms, end_ms in spells)

    def is_skipped(self, uid: str, now_ms: float) -> bool:
        """Whether the others went on without this person a moment ago."""
        return uid in self.skipped and now_ms - self.skipped[uid] < SKIPPED_MS
