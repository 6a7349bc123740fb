"""The rows of rooms, by subject."""

from apps.rooms.models.history import RoomCommand, RoomEvent, RoomWish
from apps.rooms.models.program import Bookmark, PartyLetter, Poll, PollVote, QueueEntry, QueueVote
from apps.rooms.models.rooms import NAME_MAX, Invite, Membership, Room, RoomTimeline, row_of
from apps.rooms.models.talk import FilmReaction, MessageReaction

__all__ = [
    "NAME_MAX",
    "Bookmark",
    "FilmReaction",
    "Invite",
    "Membership",
    "MessageReaction",
    "PartyLetter",
    "Poll",
    "PollVote",
    "QueueEntry",
    "QueueVote",
    "Room",
    "RoomCommand",
    "RoomEvent",
    "RoomTimeline",
    "RoomWish",
    "row_of",
]
