"""The front door of rooms for everything that writes outside the sockets."""

from apps.rooms.services.chat import Message, say
from apps.rooms.services.hosting import close_room, create_room
from apps.rooms.services.membership import INVITE_HOURS, create_invite, join_as_guest, join_by_invite, kick
from apps.rooms.services.timeline import (
    PERMISSION_OF,
    CommandResult,
    RoomChange,
    command,
    rest_room,
)
from apps.rooms.services.upkeep import sweep
from apps.rooms.services.waiting import SourceLook, begin_wait, mind_source, settle_wait
from apps.rooms.services.watching import look_ahead, play_in_room

__all__ = [
    "INVITE_HOURS",
    "PERMISSION_OF",
    "CommandResult",
    "Message",
    "RoomChange",
    "SourceLook",
    "begin_wait",
    "close_room",
    "command",
    "create_invite",
    "create_room",
    "join_as_guest",
    "join_by_invite",
    "kick",
    "look_ahead",
    "mind_source",
    "play_in_room",
    "rest_room",
    "say",
    "settle_wait",
    "sweep",
]
