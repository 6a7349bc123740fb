"""Reads of the inbox and of its switches."""

from uuid import UUID

from django.db.models import QuerySet

from apps.notifications.domain import CATEGORY, DEFAULTS, Category, Channel, Kind
from apps.notifications.models import Notification, Preference


def inbox(user_id: UUID) -> QuerySet[Notification]:
    return Notification.objects.filter(user_id=user_id).select_related("announcement")


def unread_count(user_id: UUID) -> int:
    return Notification.objects.filter(user_id=user_id, seen_at=None).count()


def preferences(user_id: UUID) -> dict[tuple[Category, Channel], bool]:
    """Every switch: the person's own where they moved it, the default elsewhere."""
    moved = Preference.objects.filter(user_id=user_id).values_list("category", "channel", "is_on")
    return DEFAULTS | {(Category(category), Channel(channel)): is_on for category, channel, is_on in moved}


def is_wanted(user_id: UUID, kind: Kind, channel: Channel) -> bool:
    return preferences(user_id)[CATEGORY[kind], channel]
