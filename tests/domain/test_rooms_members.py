"""Every role in every preset, and every permission: allowed or refused as the table says."""

import itertools

import pytest

from apps.rooms.domain.members import Permission, Preset, Role, can, can_kick, permissions

CONTROL = {Permission.PLAY_PAUSE, Permission.SEEK, Permission.RATE, Permission.SKIP_WAIT}


@pytest.mark.parametrize(("preset", "role"), list(itertools.product(Preset, Role)))
def test_everybody_may_talk_and_only_people_above_others_may_remove_them(preset: Preset, role: Role) -> None:
    assert can(preset, role, Permission.CHAT)
    assert can(preset, role, Permission.KICK) is (role in {Role.OWNER, Role.HOST})


@pytest.mark.parametrize("role", Role)
def test_among_friends_everybody_controls(role: Role) -> None:
    assert permissions(Preset.FRIENDS, role) >= CONTROL


@pytest.mark.parametrize("role", Role)
def test_when_the_host_drives_only_hosts_control(role: Role) -> None:
    assert (permissions(Preset.HOST_DRIVES, role) >= CONTROL) is (role in {Role.OWNER, Role.HOST})
    assert bool(permissions(Preset.HOST_DRIVES, role) & CONTROL) is (role in {Role.OWNER, Role.HOST})


@pytest.mark.parametrize("preset", Preset)
def test_guests_invite_nobody(preset: Preset) -> None:
    assert not can(preset, Role.GUEST, Permission.INVITE)
    assert can(preset, Role.MEMBER, Permission.INVITE)


@pytest.mark.parametrize(("preset", "actor", "target"), list(itertools.product(Preset, Role, Role)))
def test_nobody_removes_the_owner_or_an_equal(preset: Preset, actor: Role, target: Role) -> None:
    order = [Role.GUEST, Role.MEMBER, Role.HOST, Role.OWNER]
    allowed = actor in {Role.OWNER, Role.HOST} and order.index(actor) > order.index(target)
    assert can_kick(preset, actor, target) is allowed
