"""The Celery tasks of accounts and notifications: right names, and one call each that does the work."""

import pytest
from accounts_cast import person
from django.conf import settings
from django.core import mail

from apps.accounts import tasks as account_tasks
from apps.accounts.domain import LetterKind
from apps.accounts.models import Letter
from apps.accounts.services.letters import write_letter
from apps.common.jobs import Job
from apps.notifications import services as notifications
from apps.notifications import tasks as notification_tasks
from apps.notifications.domain import Kind
from apps.notifications.models import Delivery


@pytest.fixture
def letter(db):
    person("bob")
    write_letter(LetterKind.PASSWORD_CHANGED, to="bob@example.org")
    return Letter.objects.get()


@pytest.fixture
def delivery(db):
    notifications.notify(
        key="k", kind=Kind.READY, recipients=[person("bob").pk], title="Ready", body="Now.", link="/title/1"
    )
    return Delivery.objects.get()


def test_tasks_have_the_names_that_jobs_and_the_schedule_use():
    names = {
        account_tasks.send_mail.name: Job.SEND_ACCOUNT_MAIL,
        account_tasks.sweep.name: Job.SWEEP_ACCOUNTS,
        notification_tasks.deliver.name: Job.DELIVER_NOTIFICATIONS,
        notification_tasks.sweep.name: Job.SWEEP_NOTIFICATIONS,
    }
    assert all(name == job for name, job in names.items())
    assert {Job.SWEEP_ACCOUNTS, Job.SWEEP_NOTIFICATIONS} <= set(settings.CELERY_BEAT_SCHEDULE)


def test_the_mail_task_posts_its_letter(letter):
    account_tasks.send_mail(str(letter.pk))
    assert len(mail.outbox) == 1


def test_the_accounts_sweep_posts_letters_whose_wakeup_was_lost(letter):
    account_tasks.sweep()
    assert len(mail.outbox) == 1


def test_the_delivery_task_sends_its_delivery(delivery):
    notification_tasks.deliver(delivery.pk)
    assert len(mail.outbox) == 1


def test_the_notifications_sweep_sends_what_is_due(delivery):
    notification_tasks.sweep()
    notification_tasks.sweep()
    assert len(mail.outbox) == 1
