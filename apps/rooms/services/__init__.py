"""The front door of rooms for everything that writes outside the sockets."""

from apps.rooms.services.chat import Message, delete_message, edit_message, say
from apps.rooms.services.consent import ask, grant, settle_vote, vote
from apps.rooms.services.continuing import continue_room
from apps.rooms.services.handover import keep_host
from apps.rooms.services.hosting import close_room, create_room
from apps.rooms.services.letters import post_letter
from apps.rooms.services.membership import INVITE_HOURS, create_invite, join_as_guest, join_by_invite, kick
from apps.rooms.services.overview import rooms_overview
from apps.rooms.services.polls import close_poll, open_poll, vote_in_poll
from apps.rooms.services.power import RuleChange, change_role, change_rules
from apps.rooms.services.queue import add_to_queue, move_in_queue, remove_from_queue, vote_in_queue
from apps.rooms.services.reactions import Kept, MessageTouch, keep_film_reactions, react_to_message
from apps.rooms.services.ready import ask_ready, start_anyway, start_when_ready
from apps.rooms.services.schedule import plan_party, remind_due
from apps.rooms.services.succession import begin_next, decline_next, offer_next, skip
from apps.rooms.services.timeline import (
    PERMISSION_OF,
    CommandResult,
    RoomChange,
    command,
    rest_room,
)
from apps.rooms.services.upkeep import sweep
from apps.rooms.services.voice import check_voice, ice_servers_of, may_talk
from apps.rooms.services.waiting import SourceLook, WaitChange, begin_wait, mind_source, settle_wait
from apps.rooms.services.watching import look_ahead, play_in_room

__all__ = [
    "INVITE_HOURS",
    "PERMISSION_OF",
    "CommandResult",
    "Kept",
    "Message",
    "MessageTouch",
    "RoomChange",
    "RuleChange",
    "SourceLook",
    "WaitChange",
    "add_to_queue",
    "ask",
    "ask_ready",
    "begin_next",
    "begin_wait",
    "change_role",
    "change_rules",
    "check_voice",
    "close_poll",
    "close_room",
    "command",
    "continue_room",
    "create_invite",
    "create_room",
    "decline_next",
    "delete_message",
    "edit_message",
    "grant",
    "ice_servers_of",
    "join_as_guest",
    "join_by_invite",
    "keep_film_reactions",
    "keep_host",
    "kick",
    "look_ahead",
    "may_talk",
    "mind_source",
    "move_in_queue",
    "offer_next",
    "open_poll",
    "plan_party",
    "play_in_room",
    "post_letter",
    "react_to_message",
    "remind_due",
    "remove_from_queue",
    "rest_room",
    "rooms_overview",
    "say",
    "settle_vote",
    "settle_wait",
    "skip",
    "start_anyway",
    "start_when_ready",
    "sweep",
    "vote",
    "vote_in_poll",
    "vote_in_queue",
]
