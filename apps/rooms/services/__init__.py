"""The front door of rooms for everything that writes outside the sockets."""

from apps.rooms.services.chat import Message, say
from apps.rooms.services.consent import ask, grant, settle_vote, vote
from apps.rooms.services.handover import keep_host
from apps.rooms.services.hosting import close_room, create_room
from apps.rooms.services.membership import INVITE_HOURS, create_invite, join_as_guest, join_by_invite, kick
from apps.rooms.services.power import RuleChange, change_role, change_rules
from apps.rooms.services.timeline import (
    PERMISSION_OF,
    CommandResult,
    RoomChange,
    begin_wait,
    command,
    end_wait,
    rest_room,
)
from apps.rooms.services.upkeep import sweep
from apps.rooms.services.watching import look_ahead, play_in_room

__all__ = [
    "INVITE_HOURS",
    "PERMISSION_OF",
    "CommandResult",
    "Message",
    "RoomChange",
    "RuleChange",
    "ask",
    "begin_wait",
    "change_role",
    "change_rules",
    "close_room",
    "command",
    "create_invite",
    "create_room",
    "end_wait",
    "grant",
    "join_as_guest",
    "join_by_invite",
    "keep_host",
    "kick",
    "look_ahead",
    "play_in_room",
    "rest_room",
    "say",
    "settle_vote",
    "sweep",
    "vote",
]
