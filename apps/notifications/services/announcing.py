"""Telling people something, in the transaction in which it became true.

Invariant: the same key reaches each person once, however often and by however many workers it is announced.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.common.events import publish, user_group
from apps.common.jobs import Job, enqueue
from apps.notifications.domain import Channel, Kind, email_delay
from apps.notifications.models import Announcement, Delivery, Notification

TITLE_MAX = 200


def notify(*, key: str, kind: Kind, recipients: Iterable[UUID], title: str, body: str, link: str) -> None:
    """Put an announcement into inboxes, push it live and queue its mails.

    Call it inside the transaction that makes it true. A second call with the same ``key`` keeps the first call's
    words and reaches new recipients only. ``link`` is a path of this site, such as ``/title/<id>``.
    """
    with transaction.atomic():
        Announcement.objects.bulk_create(
            [Announcement(key=key, kind=kind, title=title[:TITLE_MAX], body=body, link=link)],
            ignore_conflicts=True,
        )
        announcement = Announcement.objects.get(key=key)
        for notification in _add_to_inboxes(announcement, recipients):
            publish(user_group(notification.user_id), note_frame(notification, announcement))


def _add_to_inboxes(announcement: Announcement, recipients: Iterable[UUID]) -> list[Notification]:
    """The rows that are new. Sorted, so that two callers with overlapping recipients cannot lock crosswise."""
    now = timezone.now()
    wanted = [
        Notification(announcement=announcement, user_id=user_id, created_at=now) for user_id in sorted(set(recipients))
    ]
    Notification.objects.bulk_create(wanted, ignore_conflicts=True)
    ids = [notification.pk for notification in wanted]
    added = set(Notification.objects.filter(pk__in=ids).values_list("pk", flat=True))
    fresh = [notification for notification in wanted if notification.pk in added]
    due_at = now + email_delay(Kind(announcement.kind))
    deliveries = Delivery.objects.bulk_create(
        [
            Delivery(notification=notification, channel=Channel.EMAIL, due_at=due_at, moved_at=now)
            for notification in fresh
        ]
    )
    for delivery in deliveries:
        enqueue(Job.DELIVER_NOTIFICATIONS, delivery.pk, countdown_s=(due_at - now).total_seconds())
    return fresh


def note_frame(notification: Notification, announcement: Announcement) -> dict[str, Any]:
    """The live push: the same values as the inbox row."""
    return {
        "t": "note",
        "id": str(notification.pk),
        "kind": announcement.kind,
        "title": announcement.title,
        "body": announcement.body,
        "link": announcement.link,
        "created_at": notification.created_at.isoformat().replace("+00:00", "Z"),
    }
