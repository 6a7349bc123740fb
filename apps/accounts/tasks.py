"""Background work of accounts: names as in ``apps.common.jobs``, one call each."""

from celery import shared_task

from apps.accounts import services
from apps.common.jobs import Job


@shared_task(name=Job.SEND_ACCOUNT_MAIL)
def send_mail(letter_id: str) -> None:
    services.post_letter(letter_id)


@shared_task(name=Job.SWEEP_ACCOUNTS)
def sweep() -> None:
    services.sweep()
