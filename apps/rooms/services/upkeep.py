"""What the sweep throws away."""

from datetime import timedelta

from django.utils import timezone

from apps.rooms.models import Invite

KEEP_INVITES = timedelta(days=7)


def sweep() -> None:
    """Forget links that nobody can use any more. Repeatable at any time."""
    Invite.objects.filter(expires_at__lt=timezone.now() - KEEP_INVITES).delete()
