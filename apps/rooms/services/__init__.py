"""The front door of rooms for everything that writes outside the sockets."""

from apps.rooms.services.chat import Message, delete_message, edit_message, say
from apps.rooms.services.hosting import close_room, create_room
from apps.rooms.services.membership import INVITE_HOURS, create_invite, join_as_guest, join_by_invite, kick
from apps.rooms.services.reactions import Kept, MessageTouch, keep_film_reactions, react_to_message
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
    "Kept",
    "Message",
    "MessageTouch",
    "RoomChange",
    "begin_wait",
    "close_room",
    "command",
    "create_invite",
    "create_room",
    "delete_message",
    "edit_message",
    "end_wait",
    "join_as_guest",
    "join_by_invite",
    "keep_film_reactions",
    "kick",
    "look_ahead",
    "play_in_room",
    "react_to_message",
    "rest_room",
    "say",
    "sweep",
]
