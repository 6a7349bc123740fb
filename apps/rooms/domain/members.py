"""Who may do what in a room. Invariant: a right comes from (preset, role) by one table; nothing else grants any."""

from enum import StrEnum


class Role(StrEnum):
    """``companion``: somebody who talks and steers without a picture, so nobody ever waits for them."""

    OWNER = "owner"
    HOST = "host"
    COHOST = "cohost"
    MEMBER = "member"
    GUEST = "guest"
    COMPANION = "companion"


class Preset(StrEnum):
    """How an evening is run.

    ``friends``: everybody controls. ``host_drives``: hosts control, the others watch and talk. ``ask_host``: the same,
    and the others may ask. ``democracy``: everybody pauses, the rest is voted on. ``cinema``: hosts control and write,
    the others read, react and vote on the queue.
    """

    FRIENDS = "friends"
    HOST_DRIVES = "host_drives"
    ASK_HOST = "ask_host"
    DEMOCRACY = "democracy"
    CINEMA = "cinema"


class Permission(StrEnum):
    """``grant``: answers people who ask."""

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
    GRANT = "grant"


_CONTROL = frozenset({
    Permission.PLAY_PAUSE, Permission.SEEK, Permission.RATE, Permission.ITEM, Permission.QUEUE_EDIT,
    Permission.SKIP_WAIT,
})  # fmt: skip
_TALK = frozenset({Permission.CHAT, Permission.REACT, Permission.VOICE, Permission.QUEUE_ADD, Permission.QUEUE_VOTE})
_QUIET = frozenset({Permission.REACT, Permission.QUEUE_VOTE})
_REMOTE = frozenset({Permission.CHAT, Permission.REACT, Permission.QUEUE_ADD, Permission.QUEUE_VOTE})
_INVITE = frozenset({Permission.INVITE})
_ALL = frozenset(Permission)
_HOSTS: dict["Role", frozenset[Permission]] = {
    Role.OWNER: _ALL,
    Role.HOST: _ALL,
    Role.COHOST: _ALL - {Permission.RULES},
}
_HOST_STEERS = {
    **_HOSTS,
    Role.MEMBER: _TALK | _INVITE,
    Role.GUEST: _TALK,
    Role.COMPANION: _REMOTE,
}
_EVERYBODY_STEERS = {
    **_HOSTS,
    Role.MEMBER: _CONTROL | _TALK | _INVITE,
    Role.GUEST: _CONTROL | _TALK,
    Role.COMPANION: _CONTROL | _REMOTE,
}

_MASKS: dict[Preset, dict[Role, frozenset[Permission]]] = {
    Preset.FRIENDS: _EVERYBODY_STEERS,
    Preset.HOST_DRIVES: _HOST_STEERS,
    Preset.ASK_HOST: _HOST_STEERS,
    Preset.DEMOCRACY: _EVERYBODY_STEERS,
    Preset.CINEMA: {**_HOSTS, Role.MEMBER: _QUIET | _INVITE, Role.GUEST: _QUIET, Role.COMPANION: _QUIET},
}

_RANK = {
    Role.OWNER: 5, Role.HOST: 4, Role.COHOST: 3, Role.MEMBER: 2, Role.GUEST: 1, Role.COMPANION: 0,
}  # fmt: skip


def permissions(preset: Preset, role: Role) -> frozenset[Permission]:
    return _MASKS[preset][role]


def can(preset: Preset, role: Role, permission: Permission) -> bool:
    return permission in _MASKS[preset][role]


def can_kick(preset: Preset, actor: Role, target: Role) -> bool:
    """Only people below the actor can be removed, so nobody can throw the owner out of the own room."""
    return can(preset, actor, Permission.KICK) and _RANK[actor] > _RANK[target]


def can_change_role(actor: Role, target: Role, wanted: Role) -> bool:
    """Owner and hosts change people below them, up to their own height; a room has one owner."""
    return (
        actor in {Role.OWNER, Role.HOST}
        and _RANK[actor] > _RANK[target]
        and _RANK[wanted] <= _RANK[actor]
        and wanted is not Role.OWNER
    )


def is_host(role: Role) -> bool:
    """Somebody whose presence means that the room has its host."""
    return role in {Role.OWNER, Role.HOST}


def acting_role(role: Role, *, is_acting_host: bool) -> Role:
    """What a role counts as while its holder stands in for the host."""
    return Role.HOST if is_acting_host and not is_host(role) else role


def rank(role: Role) -> int:
    return _RANK[role]
