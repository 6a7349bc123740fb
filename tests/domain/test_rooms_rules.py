"""Rules of a whole room: slow mode, and what a change of them tells."""

import pytest

from apps.rooms.domain.members import Preset, Role
from apps.rooms.domain.patience import WaitRule
from apps.rooms.domain.rules import SLOW_MOST_S, RoomRules, changes, fault, silence_s


@pytest.mark.parametrize(("slow_s", "is_fine"), [(-1, False), (0, True), (SLOW_MOST_S, True), (SLOW_MOST_S + 1, False)])
def test_slow_mode_has_bounds(slow_s: int, is_fine: bool) -> None:
    assert (fault(RoomRules(slow_s=slow_s)) == "") is is_fine


def test_a_change_tells_only_what_is_new() -> None:
    before = RoomRules()
    after = RoomRules(preset=Preset.CINEMA, locked=True, slow_s=5, wait=WaitRule.NEVER)
    assert changes(before, before) == {}
    assert changes(before, after) == {"preset": "cinema", "locked": "yes", "slow_s": "5", "wait": "never"}
    assert changes(after, RoomRules(preset=Preset.CINEMA, slow_s=5, wait=WaitRule.NEVER)) == {"locked": "no"}


@pytest.mark.parametrize(
    ("slow_s", "role", "said_ago_s", "expected"),
    [
        (0, Role.GUEST, 0.1, 0),
        (10, Role.GUEST, None, 0),
        (10, Role.GUEST, 0.0, 10),
        (10, Role.MEMBER, 9.2, 1),
        (10, Role.MEMBER, 10.0, 0),
        (10, Role.COMPANION, 3.0, 7),
        (10, Role.COHOST, 0.0, 0),
        (10, Role.OWNER, 0.0, 0),
    ],
)
def test_slow_mode_holds_everybody_but_hosts(slow_s: int, role: Role, said_ago_s: float | None, expected: int) -> None:
    assert silence_s(RoomRules(slow_s=slow_s), role, said_ago_s) == expected
