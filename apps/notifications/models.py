"""What happened (Announcement), who has it in the inbox (Notification), and its way by mail (Delivery).

Invariant: unique keys, not code, make an announcement happen once and reach a person once.
"""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from apps.notifications.domain import Category, Channel, Kind, State


class Announcement(models.Model):
    """One thing worth telling; ``key`` names it for ever, so telling it again adds nothing."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30, choices=[(kind.value, kind.value) for kind in Kind])
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key


class Notification(models.Model):
    """A row of somebody's inbox."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="notifications")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="notifications")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="notifications_once_per_person", fields=["announcement", "user"])]
        indexes = [
            models.Index(name="notifications_inbox", fields=["user", "-created_at"]),
            models.Index(name="notifications_unseen", fields=["user"], condition=Q(seen_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} to {self.user_id}"


class Delivery(models.Model):
    """The way of one notification through one channel; its state moves as ``domain.MOVES`` says."""

    id = models.BigAutoField(primary_key=True)
    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=[(channel.value, channel.value) for channel in Channel])
    state = models.CharField(max_length=12, default=State.QUEUED, choices=[(s.value, s.value) for s in State])
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="notifications_once_per_channel", fields=["notification", "channel"])
        ]
        indexes = [
            models.Index(
                name="notifications_open",
                fields=["due_at"],
                condition=Q(state__in=[State.QUEUED, State.SENDING, State.HANDED, State.FAILED]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} by {self.channel}: {self.state}"


class Preference(models.Model):
    """A switch that somebody moved away from (or back to) its default."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    category = models.CharField(max_length=12, choices=[(value.value, value.value) for value in Category])
    channel = models.CharField(max_length=10, choices=[(value.value, value.value) for value in Channel])
    is_on = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(name="notifications_one_switch", fields=["user", "category", "channel"])]

    def __str__(self) -> str:
        return f"{self.category} by {self.channel}: {self.is_on}"
