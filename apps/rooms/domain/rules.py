"""What holds for a whole room, whoever does it. Pure: the time comes in as an argument."""

from dataclasses import dataclass
from math import ceil

from apps.rooms.domain.members import Permission, Preset, Role, can
from apps.rooms.domain.patience import WaitRule

SLOW_MOST_S = 300  # beyond five minutes between two messages a room should rather be a cinema


@dataclass(frozen=True, slots=True)
class RoomRules:
    """``slow_s``: seconds between two messages of one person, 0 for none. ``locked``: nobody new comes in."""

    preset: Preset = Preset.FRIENDS
    locked: bool = False
    slow_s: int = 0
    wait: WaitRule = WaitRule.SMART


def fault(rules: RoomRules) -> str:
    """What is wrong with these rules, in a sentence; empty when nothing is."""
    return "" if 0 <= rules.slow_s <= SLOW_MOST_S else f"Slow mode goes from 0 to {SLOW_MOST_S} seconds."


def changes(before: RoomRules, after: RoomRules) -> dict[str, str]:
    """What an event tells of a change of rules: the new values, as texts by name."""
    values = {
        "preset": (before.preset.value, after.preset.value),
        "locked": (_yes_no(before.locked), _yes_no(after.locked)),
        "slow_s": (str(before.slow_s), str(after.slow_s)),
        "wait": (before.wait.value, after.wait.value),
    }
    return {name: new for name, (old, new) in values.items() if old != new}


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def silence_s(rules: RoomRules, role: Role, said_ago_s: float | None) -> int:
    """How many seconds somebody has to wait before the next message; 0 for those who keep order."""
    if not rules.slow_s or said_ago_s is None or can(rules.preset, role, Permission.GRANT):
        return 0
    return max(0, ceil(rules.slow_s - said_ago_s))
