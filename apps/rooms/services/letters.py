"""Posting letters about planned parties: at most once, with an invite of their own and the file for a calendar.

Invariant: ``handed`` is committed before the mail server hears of a letter, so a worker that dies there sends no second
one; a worker that dies before leaves one that is still due.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from structlog import get_logger

from apps.common.jobs import Job, enqueue
from apps.common.mail import Attachment, MailNotSent, MailUnsure, send_mail
from apps.rooms import selectors
from apps.rooms.domain.schedule import LetterState, News, calendar_file, letter_text
from apps.rooms.models import PartyLetter
from apps.rooms.services.membership import new_link

log = get_logger(__name__)

ATTEMPTS_MAX = 5
AGAIN_AFTER = timedelta(minutes=2)
SWEEP_BATCH = 200
LINK_LIVES = timedelta(days=1)  # after the start


def post_letter(letter_id: int) -> None:
    """Send one letter if it is due and nobody else has it."""
    due = PartyLetter.objects.filter(pk=letter_id, state=LetterState.QUEUED, due_at__lte=timezone.now())
    if due.update(state=LetterState.HANDED, attempts=F("attempts") + 1) == 1:
        letter = PartyLetter.objects.select_related("room").get(pk=letter_id)
        state = LetterState.DEAD if _is_stale(letter) else _send(letter)
        again_at = timezone.now() + AGAIN_AFTER
        PartyLetter.objects.filter(pk=letter_id).update(state=state, due_at=again_at)


def wake_due_letters() -> None:
    """Repair lost wake-ups."""
    due = PartyLetter.objects.filter(state=LetterState.QUEUED, due_at__lte=timezone.now()).order_by("due_at")
    for letter_id in list(due.values_list("pk", flat=True)[:SWEEP_BATCH]):
        enqueue(Job.SEND_PARTY_LETTER, letter_id)


def _is_stale(letter: PartyLetter) -> bool:
    """The plan has changed since, or the party is off: a newer letter says so."""
    is_off = letter.room.closed_at is not None and letter.news != News.CANCELLED
    return is_off or letter.plan_no != letter.room.plan_no


def _send(letter: PartyLetter) -> LetterState:
    room, news = letter.room, News(letter.news)
    link = settings.SITE_URL
    if news is not News.CANCELLED and room.starts_at is not None:
        token = new_link(room_id=room.pk, by=room.owner_id, until=room.starts_at + LINK_LIVES)
        link = f"{settings.SITE_URL}/join/{token}"
    party = selectors.party(room.pk, link=link)
    subject, text = letter_text(news, party)
    file = Attachment("party.ics", calendar_file(party), "text/calendar")
    try:
        send_mail(to=letter.to, subject=subject, text=f"{text}\n\n{link}\n", attachment=file)
    except MailUnsure as error:
        log.warning("letter.unsure", letter=letter.pk, error=str(error))
        return LetterState.HANDED
    except MailNotSent as error:
        is_over = error.is_final or letter.attempts >= ATTEMPTS_MAX
        return LetterState.DEAD if is_over else LetterState.QUEUED
    return LetterState.SENT
