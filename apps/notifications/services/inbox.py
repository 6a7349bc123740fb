"""What somebody does with their inbox and its switches."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils import timezone

from apps.notifications.domain import Category, Channel
from apps.notifications.models import Notification, Preference


def mark_seen(user_id: UUID, ids: Iterable[UUID] | None = None) -> int:
    """Mark these of the person's notifications (None: all); returns how many stay unseen. Foreign ids are ignored."""
    unseen = Notification.objects.filter(user_id=user_id, seen_at=None)
    chosen = unseen if ids is None else unseen.filter(pk__in=list(ids))
    chosen.update(seen_at=timezone.now())
    return unseen.count()


def set_preferences(user_id: UUID, switches: Mapping[tuple[Category, Channel], bool]) -> None:
    Preference.objects.bulk_create(
        [
            Preference(user_id=user_id, category=category, channel=channel, is_on=is_on)
            for (category, channel), is_on in switches.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "category", "channel"],
        update_fields=["is_on"],
    )
