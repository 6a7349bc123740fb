"""The front door of rooms for everything that writes outside the sockets."""

from apps.rooms.services.chat import Message, say
from apps.rooms.services.hosting import close_room, create_room
from apps.rooms.services.membership import INVITE_HOURS, create_invite, join_as_guest, join_by_invite, kick
from apps.rooms.services.overview import rooms_overview
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
from apps.rooms.services.voice import check_voice, ice_servers_of, may_talk
from apps.rooms.services.watching import look_ahead, play_in_room

__all__ = [
    "INVITE_HOURS",
    "PERMISSION_OF",
    "CommandResult",
    "Message",
    "RoomChange",
    "begin_wait",
    "check_voice",
    "close_room",
    "command",
    "create_invite",
    "create_room",
    "end_wait",
    "ice_servers_of",
    "join_as_guest",
    "join_by_invite",
    "kick",
    "look_ahead",
    "may_talk",
    "play_in_room",
    "rest_room",
    "rooms_overview",
    "say",
    "sweep",
]
