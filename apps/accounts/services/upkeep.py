"""What the sweep throws away, and the plan label that billing shows on an account."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import SignIn, SocketTicket, User
from apps.accounts.services.guests import close_expired_guests
from apps.accounts.services.letters import drop_old_letters, post_due_letters
from apps.accounts.services.limits import drop_stale_buckets
from apps.common.models import OutboxMail

KEEP_LETTERS = timedelta(days=30)
KEEP_SIGN_INS = timedelta(days=7)
KEEP_OUTBOX = timedelta(days=7)  # long enough to read; mails hold names and links


def sweep() -> None:
    """Repeatable at any time, by several workers at once."""
    now = timezone.now()
    post_due_letters()
    close_expired_guests()
    SocketTicket.objects.filter(expires_at__lt=now).delete()
    SignIn.objects.filter(expires_at__lt=now - KEEP_SIGN_INS).delete()
    drop_old_letters(now - KEEP_LETTERS)
    drop_stale_buckets()
    OutboxMail.objects.filter(created_at__lt=now - KEEP_OUTBOX).delete()


def show_plan(user_id: UUID, *, plan: str, until: datetime | None) -> None:
    """Set the label on the account's screen; what a plan allows is billing's to say."""
    User.objects.filter(pk=user_id).update(plan=plan, plan_until=until)


def lock_person(user_id: UUID) -> bool:
    """Hold this person's row until the caller's transaction ends, so that others wait. False for nobody."""
    return User.objects.select_for_update().filter(pk=user_id).values_list("pk").first() is not None
