"""What the sweep throws away."""

from datetime import timedelta

from django.utils import timezone

from apps.rooms.models import Invite, RoomCommand, RoomWish

KEEP_INVITES = timedelta(days=7)
KEEP_COMMANDS = timedelta(days=1)  # a page that was asleep for longer reads the room anew


def sweep() -> None:
    """Forget links that nobody can use, and commands and wishes that nobody sends again. Repeatable at any time."""
    Invite.objects.filter(expires_at__lt=timezone.now() - KEEP_INVITES).delete()
    RoomWish.objects.filter(made_at__lt=timezone.now() - KEEP_COMMANDS).delete()
    RoomCommand.objects.filter(at__lt=timezone.now() - KEEP_COMMANDS).delete()
