"""Sending queued deliveries by mail: at most once, and never silently lost.

Invariant: ``handed`` is committed before the mail server hears of it, so a worker that dies there leaves a delivery
that becomes ``unknown`` and is not sent again; a worker that dies before leaves one that is.
"""

from django.conf import settings
from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone
from structlog import get_logger

from apps.accounts import selectors as accounts
from apps.common.mail import MailNotSent, MailUnsure, send_mail
from apps.notifications.domain import (
    HANDED_TIMEOUT,
    MOVES,
    SENDING_TIMEOUT,
    Channel,
    Event,
    Kind,
    State,
    backoff,
    is_replaced_by_seeing,
    refusal,
    sources_of,
)
from apps.notifications.models import Delivery
from apps.notifications.selectors import is_wanted

log = get_logger(__name__)

SWEEP_BATCH = 200
REASON_MAX = 300


def deliver(delivery_id: int) -> None:
    """Send one delivery if it is due and nobody else has it."""
    due = Delivery.objects.filter(pk=delivery_id, due_at__lte=timezone.now())
    if _move(due, Event.CLAIM) == 1:
        Delivery.objects.filter(pk=delivery_id).update(attempts=F("attempts") + 1)
        _send(Delivery.objects.select_related("notification__announcement").get(pk=delivery_id))


def deliver_due() -> None:
    """Repair what lost wake-ups and dead workers left behind."""
    now = timezone.now()
    _move(Delivery.objects.filter(state=State.SENDING, moved_at__lt=now - SENDING_TIMEOUT), Event.LOSE)
    lost = Delivery.objects.filter(state=State.HANDED, moved_at__lt=now - HANDED_TIMEOUT)
    _move(lost, Event.LOSE, reason="The worker stopped while the mail server had it.")
    due = Delivery.objects.filter(state__in=sources_of(Event.CLAIM), due_at__lte=now).order_by("due_at")
    for delivery_id in list(due.values_list("pk", flat=True)[:SWEEP_BATCH]):
        deliver(delivery_id)


def _send(delivery: Delivery) -> None:
    own = Delivery.objects.filter(pk=delivery.pk)
    address = accounts.verified_address(delivery.notification.user_id)
    hindrance = _hindrance(delivery, address)
    if hindrance or address is None:
        _move(own, Event.SUPPRESS, reason=hindrance)
    elif _move(own, Event.HAND_OVER) == 1:
        _hand_over(delivery, address)


def _hindrance(delivery: Delivery, address: str | None) -> str:
    """Why this mail is not to be sent; empty when it is."""
    notification = delivery.notification
    kind = Kind(notification.announcement.kind)
    if address is None:
        return "No verified address."
    if notification.seen_at is not None and is_replaced_by_seeing(kind):
        return "Seen already."
    if not is_wanted(notification.user_id, kind, Channel(delivery.channel)):
        return "Switched off."
    return ""


def _hand_over(delivery: Delivery, address: str) -> None:
    own = Delivery.objects.filter(pk=delivery.pk)
    announcement = delivery.notification.announcement
    link = f"{settings.SITE_URL}{announcement.link}" if announcement.link else settings.SITE_URL
    try:
        send_mail(to=address, subject=announcement.title, text=f"{announcement.body}\n\n{link}\n")
    except MailUnsure as error:
        _move(own, Event.LOSE, reason=str(error))
    except MailNotSent as error:
        event = refusal(delivery.attempts, is_final=error.is_final)
        _move(own, event, reason=str(error))
        own.filter(state=State.FAILED).update(due_at=timezone.now() + backoff(delivery.attempts))
    else:
        _move(own, Event.ACCEPT)


def _move(deliveries: "QuerySet[Delivery]", event: Event, *, reason: str = "") -> int:
    """Move those of ``deliveries`` that ``event`` applies to, by one conditional UPDATE; returns how many moved."""
    moves = [When(state=source, then=Value(target)) for (source, on), target in MOVES.items() if on == event]
    movable = deliveries.filter(state__in=sources_of(event))
    return movable.update(state=Case(*moves), moved_at=timezone.now(), reason=reason[:REASON_MAX])
