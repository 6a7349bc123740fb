"""What may become of a message, and where reactions on the film are counted.

Invariant: a message that was removed stays removed; nobody changes another person's words, at most they are taken away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

CHANGE_WITHIN = timedelta(minutes=15)  # long enough for a slip, too short to rewrite the evening


class Emoji(StrEnum):
    """All that people can react with. A closed set needs no font, no filter, and is counted with small keys."""

    HEART = "heart"
    LAUGH = "laugh"
    WOW = "wow"
    SAD = "sad"
    SCARED = "scared"
    PARTY = "party"
    FIRE = "fire"
    THUMBS_UP = "thumbs_up"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as far as its changes are judged."""

    at: datetime
    is_own: bool
    is_removed: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the film a kind of reaction is counted: whole seconds from its start."""

    emoji: Emoji
    second: int


Given = Mapping[tuple[UUID, Place], int]  # how often each person reacted where


def why_not_edit(sent: Sent, now: datetime) -> str:
    """A sentence for the person, empty when they may."""
    if sent.is_removed:
        return "This message was removed."
    if not sent.is_own:
        return "Only who wrote a message can change it."
    return _why_too_late(sent, now)


def why_not_remove(sent: Sent, now: datetime, *, is_moderator: bool) -> str:
    """A sentence for the person, empty when they may. Moderators may at any time."""
    if is_moderator:
        return ""
    if not sent.is_own:
        return "Only who wrote a message, or a host, can remove it."
    return _why_too_late(sent, now)


def _why_too_late(sent: Sent, now: datetime) -> str:
    minutes = round(CHANGE_WITHIN.total_seconds() / 60)
    return f"A message can be changed for {minutes} minutes." if now - sent.at > CHANGE_WITHIN else ""


def counted(given: Given, admitted: frozenset[UUID], *, duration_ms: int) -> dict[Place, int]:
    """The sum over the people who may react. ``duration_ms`` 0: not known; else nobody reacts behind the film's end."""
    sums: dict[Place, int] = {}
    for (person, place), count in given.items():
        if person in admitted:
            second = min(place.second, duration_ms // 1000) if duration_ms else place.second
            inside = Place(place.emoji, second)
            sums[inside] = sums.get(inside, 0) + count
    return sums
