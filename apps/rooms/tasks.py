"""Background work of rooms: names as in ``apps.common.jobs``, one call each."""

from celery import shared_task

from apps.common.jobs import Job
from apps.rooms import services


@shared_task(name=Job.REMIND_ROOMS)
def sweep() -> None:
    services.sweep()


@shared_task(name=Job.SEND_PARTY_LETTER)
def send_letter(letter_id: int) -> None:
    services.post_letter(letter_id)
