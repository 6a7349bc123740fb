"""What is done once a minute: reminders that are due, and what nobody needs any more."""

from datetime import timedelta

from django.utils import timezone

from apps.rooms.models import Invite, RoomCommand, RoomWish
from apps.rooms.services.letters import wake_due_letters
from apps.rooms.services.schedule import remind_due

KEEP_INVITES = timedelta(days=7)
KEEP_COMMANDS = timedelta(days=1)  # a page that was asleep for longer reads the room anew


def sweep() -> None:
    """Remind people, wake letters; forget dead links, old commands and wishes. Repeatable at any time."""
    remind_due()
    wake_due_letters()
    Invite.objects.filter(expires_at__lt=timezone.now() - KEEP_INVITES).delete()
    RoomWish.objects.filter(made_at__lt=timezone.now() - KEEP_COMMANDS).delete()
    RoomCommand.objects.filter(at__lt=timezone.now() - KEEP_COMMANDS).delete()
