"""Every role in every preset, and every permission: allowed or refused as the table says."""

import itertools

import pytest

from apps.rooms.domain.members import Permission, Preset, Role, acting_role, can, can_change_role, can_kick, permissions

HOSTS = {Role.OWNER, Role.HOST, Role.COHOST}
ORDER = [Role.COMPANION, Role.GUEST, Role.MEMBER, Role.COHOST, Role.HOST, Role.OWNER]
STEERED_BY_ALL = {Preset.FRIENDS, Preset.DEMOCRACY}
CONTROL = {Permission.PLAY_PAUSE, Permission.SEEK, Permission.RATE, Permission.SKIP_WAIT}


@pytest.mark.parametrize(("preset", "role"), list(itertools.product(Preset, Role)))
def test_who_may_do_what_is_said_once_more(preset: Preset, role: Role) -> None:
    is_host, mask = role in HOSTS, permissions(preset, role)
    assert can(preset, role, Permission.CHAT) is (is_host or preset is not Preset.CINEMA)
    assert can(preset, role, Permission.KICK) is is_host
    assert can(preset, role, Permission.GRANT) is is_host
    assert can(preset, role, Permission.RULES) is (role in {Role.OWNER, Role.HOST})
    assert (mask >= CONTROL) is (is_host or preset in STEERED_BY_ALL)
    assert bool(mask & CONTROL) is (is_host or preset in STEERED_BY_ALL)
    assert mask >= {Permission.REACT, Permission.QUEUE_VOTE}


@pytest.mark.parametrize("preset", Preset)
def test_a_companion_has_no_voice_and_no_more_rights_than_a_guest(preset: Preset) -> None:
    assert not can(preset, Role.COMPANION, Permission.VOICE)
    assert permissions(preset, Role.COMPANION) <= permissions(preset, Role.GUEST)


@pytest.mark.parametrize("preset", Preset)
def test_guests_invite_nobody(preset: Preset) -> None:
    assert not can(preset, Role.GUEST, Permission.INVITE)
    assert can(preset, Role.MEMBER, Permission.INVITE)


@pytest.mark.parametrize(("preset", "actor", "target"), list(itertools.product(Preset, Role, Role)))
def test_nobody_removes_the_owner_or_an_equal(preset: Preset, actor: Role, target: Role) -> None:
    assert can_kick(preset, actor, target) is (actor in HOSTS and ORDER.index(actor) > ORDER.index(target))


@pytest.mark.parametrize(("actor", "target", "wanted"), list(itertools.product(Role, Role, Role)))
def test_roles_are_changed_from_above_and_nobody_is_lifted_above_the_giver(
    actor: Role, target: Role, wanted: Role
) -> None:
    allowed = (
        actor in {Role.OWNER, Role.HOST}
        and ORDER.index(target) < ORDER.index(actor)
        and ORDER.index(wanted) <= ORDER.index(actor)
        and wanted is not Role.OWNER
    )
    assert can_change_role(actor, target, wanted) is allowed


@pytest.mark.parametrize("role", Role)
def test_whoever_stands_in_counts_as_a_host_and_the_owner_stays_the_owner(role: Role) -> None:
    expected = role if role in {Role.OWNER, Role.HOST} else Role.HOST
    assert acting_role(role, is_acting_host=True) is expected
    assert acting_role(role, is_acting_host=False) is role
