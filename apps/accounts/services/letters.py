"""Mails about accounts: written as rows, posted by a worker that makes their secrets.

Invariant: a letter comes at least once (losing the only way in is worse than a second copy), and of two copies the
newer secret counts. Asking for a letter costs the same whether or not anybody has that address: the worker looks.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from structlog import get_logger

from apps.accounts.adapters import secret_values
from apps.accounts.domain import LetterKind, LetterState, letters
from apps.accounts.models import Letter, User
from apps.accounts.services.limits import Limit, has_token
from apps.common.errors import Invalid
from apps.common.jobs import Job, enqueue
from apps.common.mail import MailNotSent, MailUnsure, send_mail

log = get_logger(__name__)

HANDED_TIMEOUT = timedelta(minutes=2)  # six times EMAIL_TIMEOUT: the worker that held it is gone
SWEEP_BATCH = 100


def write_letter(kind: LetterKind, *, to: str, password: str = "") -> None:
    """Queue a letter in the caller's transaction. ``password`` is the hash that a verification brings into force."""
    letter = Letter.objects.create(kind=kind, to=to, password=password, due_at=timezone.now())
    enqueue(Job.SEND_ACCOUNT_MAIL, str(letter.id))


def newest_password(to: str) -> str:
    """The hash typed in the newest registration of this address that is still known, else empty."""
    registered = Letter.objects.filter(kind=LetterKind.VERIFY_EMAIL, to=to).exclude(password="")
    return registered.order_by("-created_at").values_list("password", flat=True).first() or ""


def post_letter(letter_id: UUID | str) -> None:
    """Send one queued letter; called twice or at once by two workers it is sent once."""
    now = timezone.now()
    claim = Letter.objects.filter(pk=letter_id, state=LetterState.QUEUED, due_at__lte=now)
    if claim.update(state=LetterState.HANDED, handed_at=now, attempts=F("attempts") + 1) == 1:
        letter = Letter.objects.get(pk=letter_id)
        _settle(letter, _post(letter, now) if _is_wanted(letter) else LetterState.DROPPED)


def post_due_letters() -> None:
    """Repair lost wake-ups and letters whose worker died."""
    now = timezone.now()
    lost = Letter.objects.filter(state=LetterState.HANDED, handed_at__lt=now - HANDED_TIMEOUT)
    lost.filter(attempts__gte=letters.MAX_ATTEMPTS).update(state=LetterState.DEAD)
    lost.filter(attempts__lt=letters.MAX_ATTEMPTS).update(state=LetterState.QUEUED, due_at=now)
    due = Letter.objects.filter(state=LetterState.QUEUED, due_at__lte=now).order_by("due_at")
    for letter_id in list(due.values_list("pk", flat=True)[:SWEEP_BATCH]):
        post_letter(letter_id)


def open_by_token(kind: LetterKind, token: str) -> Letter:
    """Use up the letter with this link. Raises Invalid when it is unknown, used or too old."""
    digest = secret_values.digest(token)
    if _live(kind).filter(token_digest=digest).update(used_at=timezone.now()) != 1:
        raise Invalid("This link was used already or is too old. Ask for a new one.", code="link_invalid")
    return Letter.objects.get(token_digest=digest)


def peek_by_token(kind: LetterKind, token: str) -> Letter | None:
    return _live(kind).filter(token_digest=secret_values.digest(token)).first()


def open_by_code(kind: LetterKind, *, to: str, code: str) -> Letter:
    """Use up the newest letter to this address, if ``code`` is its code. Each call spends one of its tries."""
    wrong = Invalid("That code is wrong or too old. Ask for a new one.", code="code_invalid")
    letter = _live(kind).filter(to=to).order_by("-created_at").first()
    if letter is None:
        raise wrong
    tried = _live(kind).filter(pk=letter.pk, tries__lt=letters.TRIES).update(tries=F("tries") + 1)
    if tried != 1 or not secret_values.is_same(letter.code_digest, secret_values.code_digest(letter.id, code)):
        raise wrong
    if _live(kind).filter(pk=letter.pk).update(used_at=timezone.now()) != 1:
        raise wrong
    return letter


def close_letters(kind: LetterKind, *, to: str) -> None:
    """Make every other live secret of this kind worthless."""
    Letter.objects.filter(kind=kind, to=to, used_at=None).update(used_at=timezone.now())


def _live(kind: LetterKind) -> models.QuerySet[Letter]:
    return Letter.objects.filter(kind=kind, used_at=None, expires_at__gt=timezone.now())


def _is_wanted(letter: Letter) -> bool:
    kind = LetterKind(letter.kind)
    user = User.objects.filter(email=letter.to, is_active=True).first()
    if user is None or not letters.may_send(kind, is_verified=user.is_verified):
        return False
    return kind not in letters.ASKED_BY_ANYBODY or has_token(Limit.LETTERS_PER_RECIPIENT, letter.to)


def _post(letter: Letter, now: datetime) -> LetterState:
    kind = LetterKind(letter.kind)
    token, code = secret_values.new_token(), secret_values.new_code()
    if kind in letters.WITH_SECRET:
        Letter.objects.filter(pk=letter.pk).update(
            token_digest=secret_values.digest(token),
            code_digest=secret_values.code_digest(letter.id, code),
            expires_at=now + letters.LIFETIME,
        )
    text = letters.compose(kind, site=settings.SITE_URL, token=token, code=code)
    try:
        send_mail(to=letter.to, subject=text.subject, text=text.body)
    except (MailNotSent, MailUnsure) as error:
        log.warning("letter.not_sent", letter=str(letter.pk), attempt=letter.attempts, error=str(error))
        return LetterState.DEAD if letter.attempts >= letters.MAX_ATTEMPTS else LetterState.QUEUED
    return LetterState.SENT


def _settle(letter: Letter, state: LetterState) -> None:
    due_at = timezone.now() + letters.backoff(letter.attempts)
    Letter.objects.filter(pk=letter.pk, state=LetterState.HANDED).update(state=state, due_at=due_at)


def drop_old_letters(before: datetime) -> int:
    finished = ~Q(state__in=[LetterState.QUEUED, LetterState.HANDED])
    return Letter.objects.filter(finished, created_at__lt=before).delete()[0]
