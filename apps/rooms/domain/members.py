"""Who may do what in a room. Invariant: a right comes from (preset, role) by one table; nothing else grants any."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    HOST = "host"
    MEMBER = "member"
    GUEST = "guest"


class Preset(StrEnum):
    """``friends``: everybody controls. ``host_drives``: owner and hosts control, the others watch and talk."""

    FRIENDS = "friends"
    HOST_DRIVES = "host_drives"


class Permission(StrEnum):
    PLAY_PAUSE = "play_pause"
    SEEK = "seek"
    RATE = "rate"
    ITEM = "item"
    QUEUE_ADD = "queue_add"
    QUEUE_EDIT = "queue_edit"
    QUEUE_VOTE = "queue_vote"
    CHAT = "chat"
    REACT = "react"
    VOICE = "voice"
    INVITE = "invite"
    KICK = "kick"
    RULES = "rules"
    SKIP_WAIT = "skip_wait"


_CONTROL = frozenset({
    Permission.PLAY_PAUSE, Permission.SEEK, Permission.RATE, Permission.ITEM, Permission.QUEUE_EDIT,
    Permission.SKIP_WAIT,
})  # fmt: skip
_TALK = frozenset({Permission.CHAT, Permission.REACT, Permission.VOICE, Permission.QUEUE_ADD, Permission.QUEUE_VOTE})
_ALL = frozenset(Permission)

_MASKS: dict[Preset, dict[Role, frozenset[Permission]]] = {
    Preset.FRIENDS: {
        Role.OWNER: _ALL,
        Role.HOST: _ALL,
        Role.MEMBER: _CONTROL | _TALK | {Permission.INVITE},
        Role.GUEST: _CONTROL | _TALK,
    },
    Preset.HOST_DRIVES: {
        Role.OWNER: _ALL,
        Role.HOST: _ALL,
        Role.MEMBER: _TALK | {Permission.INVITE},
        Role.GUEST: _TALK,
    },
}

_RANK = {Role.OWNER: 3, Role.HOST: 2, Role.MEMBER: 1, Role.GUEST: 0}


def permissions(preset: Preset, role: Role) -> frozenset[Permission]:
    return _MASKS[preset][role]


def can(preset: Preset, role: Role, permission: Permission) -> bool:
    return permission in _MASKS[preset][role]


def can_kick(preset: Preset, actor: Role, target: Role) -> bool:
    """Only people below the actor can be removed, so nobody can throw the owner out of the own room."""
    return can(preset, actor, Permission.KICK) and _RANK[actor] > _RANK[target]
