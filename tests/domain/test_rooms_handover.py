"""Who stands in for the host, and that the host gets it back."""

import pytest

from apps.rooms.domain.handover import HOST_AWAY_S, Person, stand_in
from apps.rooms.domain.members import Role
from consumers.hosting import ASK_EVERY_S, HostWatch
from consumers.protocol.parts import Member

OWNER, HOST = Person("owner", Role.OWNER, 0), Person("host", Role.HOST, 5)
OLD, NEW = Person("old", Role.MEMBER, 1), Person("new", Role.MEMBER, 2)
COHOST, GUEST, PHONE = (
    Person("cohost", Role.COHOST, 6),
    Person("guest", Role.GUEST, 0),
    Person("phone", Role.COMPANION, 0),
)
ALL = [OWNER, HOST, OLD, NEW, COHOST, GUEST, PHONE]


@pytest.mark.parametrize(
    ("present", "current", "away_s", "expected"),
    [
        ("owner old", None, HOST_AWAY_S, None),
        ("owner old", "old", HOST_AWAY_S, None),
        ("host old", "old", 0, None),
        ("old new guest", None, HOST_AWAY_S - 0.1, None),
        ("old new guest", None, HOST_AWAY_S, "old"),
        ("new guest", None, HOST_AWAY_S, "new"),
        ("old cohost", None, HOST_AWAY_S, "cohost"),
        ("guest phone", None, HOST_AWAY_S, "guest"),
        ("phone", None, HOST_AWAY_S, None),
        ("new old", "new", HOST_AWAY_S, "new"),
        ("new", "old", HOST_AWAY_S - 1, "old"),
        ("new", "old", HOST_AWAY_S, "new"),
        ("", "old", HOST_AWAY_S, "old"),
    ],
)
def test_cohosts_then_the_longest_member_then_guests(
    present: str, current: str | None, away_s: float, expected: str | None
) -> None:
    assert stand_in(ALL, present.split(), current=current, away_s=away_s) == expected


def people(*roles: str) -> dict[str, Member]:
    return {role: Member(id=role, name=role, role=role, guest=False, state="playing") for role in roles}


def test_the_minute_begins_when_the_last_host_was_seen() -> None:
    watch = HostWatch()
    assert not watch.look(people("owner", "member"), None, 1_000, knows_others=True)
    assert not watch.look(people("member"), None, 1_000 + HOST_AWAY_S - 1, knows_others=True)
    assert watch.look(people("member"), None, 1_000 + HOST_AWAY_S, knows_others=True)
    assert watch.away_s(1_000 + HOST_AWAY_S) == HOST_AWAY_S


def test_who_did_not_hear_the_others_moves_nothing_but_sees_the_host_return() -> None:
    watch = HostWatch()
    watch.look(people("member"), None, 0, knows_others=False)
    assert not watch.look(people("member"), None, 10 * HOST_AWAY_S, knows_others=False)
    assert watch.look(people("member", "host"), "member", 10 * HOST_AWAY_S + 1, knows_others=False)


def test_the_database_is_not_asked_every_second() -> None:
    watch = HostWatch()
    watch.look(people("companion"), None, 0, knows_others=True)
    assert watch.look(people("companion"), None, 100, knows_others=True)
    assert not watch.look(people("companion"), None, 101, knows_others=True)
    assert watch.look(people("companion"), None, 100 + ASK_EVERY_S, knows_others=True)


def test_a_process_that_just_started_waits_its_own_minute() -> None:
    assert not HostWatch().look(people("member"), None, 1e6, knows_others=True)
