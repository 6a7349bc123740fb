import re
from datetime import timedelta

import pytest
from accounts_cast import person
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from apps.accounts import services
from apps.accounts.domain import LetterKind, LetterState, letters
from apps.accounts.models import Letter
from apps.accounts.services.letters import write_letter
from apps.common.jobs import Job
from apps.common.models import OutboxMail

pytestmark = pytest.mark.django_db


class AwayBackend(EmailBackend):
    """A mail server that cannot be reached."""

    def open(self):
        raise ConnectionRefusedError("nobody listens")


AWAY = f"{__name__}.AwayBackend"


def queued(kind=LetterKind.VERIFY_EMAIL):
    person("bob", is_verified=kind != LetterKind.VERIFY_EMAIL)
    write_letter(kind, to="bob@example.org")
    return Letter.objects.get()


def state():
    return Letter.objects.get().state


def test_the_wakeup_carries_the_letters_id_only(monkeypatch, django_capture_on_commit_callbacks):
    from celery import current_app

    sent = []
    monkeypatch.setattr(current_app._get_current_object(), "send_task", lambda *a, **k: sent.append((a, k)))
    with django_capture_on_commit_callbacks(execute=True):
        letter = queued()
    assert [(args, kwargs["args"]) for args, kwargs in sent] == [((Job.SEND_ACCOUNT_MAIL,), (str(letter.pk),))]


def test_a_doubled_wakeup_sends_once():
    letter = queued()
    services.post_letter(letter.pk)
    services.post_letter(str(letter.pk))
    assert len(mail.outbox) == 1
    assert state() == LetterState.SENT


def test_a_lost_wakeup_is_repaired_by_the_sweep():
    queued()
    services.sweep()
    services.sweep()
    assert len(mail.outbox) == 1


def test_a_worker_killed_with_a_letter_in_hand_costs_two_minutes():
    letter = queued()
    Letter.objects.update(state=LetterState.HANDED, handed_at=timezone.now() - timedelta(seconds=119))
    services.sweep()
    assert mail.outbox == []
    Letter.objects.update(handed_at=timezone.now() - timedelta(seconds=121))
    services.sweep()
    assert len(mail.outbox) == 1
    assert Letter.objects.get(pk=letter.pk).state == LetterState.SENT


def test_a_letter_that_ends_every_worker_is_given_up_after_five():
    letter = queued()
    long_ago = timezone.now() - timedelta(minutes=3)
    Letter.objects.update(state=LetterState.HANDED, handed_at=long_ago, attempts=letters.MAX_ATTEMPTS - 1)
    services.sweep()
    assert len(mail.outbox) == 1
    Letter.objects.update(state=LetterState.HANDED, handed_at=long_ago)
    services.sweep()
    letter.refresh_from_db()
    assert (letter.state, letter.attempts, len(mail.outbox)) == (LetterState.DEAD, letters.MAX_ATTEMPTS, 1)


def test_of_two_copies_the_newer_secret_counts():
    letter = queued()
    services.post_letter(letter.pk)
    Letter.objects.update(state=LetterState.QUEUED, due_at=timezone.now())
    services.post_letter(letter.pk)
    old, new = (re.search(r"token=(\S+)", message.body)[1] for message in mail.outbox)
    from apps.common.errors import Invalid

    with pytest.raises(Invalid):
        services.verify_by_link(token=old, origin=services.Origin())
    services.verify_by_link(token=new, origin=services.Origin())


def test_a_mail_server_that_is_away_is_tried_five_times_with_growing_waits(settings):
    settings.EMAIL_BACKEND = AWAY
    letter = queued()
    waits = []
    for _ in range(letters.MAX_ATTEMPTS):
        services.post_letter(letter.pk)
        waits.append(Letter.objects.get().due_at - timezone.now())
        Letter.objects.update(due_at=timezone.now())
    assert waits[0] < waits[1] < waits[2] < waits[3]
    assert state() == LetterState.DEAD
    services.sweep()
    assert Letter.objects.get().attempts == letters.MAX_ATTEMPTS


def test_a_letter_waits_its_time_before_the_next_try(settings):
    settings.EMAIL_BACKEND = AWAY
    letter = queued()
    services.post_letter(letter.pk)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    services.sweep()
    assert mail.outbox == []
    Letter.objects.update(due_at=timezone.now())
    services.sweep()
    assert len(mail.outbox) == 1


def test_a_notice_carries_no_secret():
    letter = queued(LetterKind.PASSWORD_CHANGED)
    services.post_letter(letter.pk)
    letter.refresh_from_db()
    assert letter.token_digest is None
    assert len(mail.outbox) == 1


def test_without_an_smtp_server_mails_are_kept_for_the_outbox_page(settings):
    settings.EMAIL_BACKEND = "apps.common.mail.OutboxBackend"
    services.post_letter(queued().pk)
    kept = OutboxMail.objects.get()
    assert kept.to == "bob@example.org"
    assert "/verify?token=" in kept.text


def test_finished_letters_are_thrown_away_after_a_month():
    services.post_letter(queued().pk)
    write_letter(LetterKind.RESET_PASSWORD, to="bob@example.org")
    Letter.objects.update(created_at=timezone.now() - timedelta(days=31))
    Letter.objects.filter(state=LetterState.QUEUED).update(due_at=timezone.now() + timedelta(hours=1))
    services.sweep()
    assert Letter.objects.get().kind == LetterKind.RESET_PASSWORD


def test_the_outbox_keeps_mails_for_a_week():
    old, new = (OutboxMail.objects.create(to="bob@example.org", subject=subject, text="") for subject in ("old", "new"))
    OutboxMail.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    services.sweep()
    assert OutboxMail.objects.get() == new
