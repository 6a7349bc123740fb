"""Background work of notifications: names as in ``apps.common.jobs``, one call each."""

from celery import shared_task

from apps.common.jobs import Job
from apps.notifications import services


@shared_task(name=Job.DELIVER_NOTIFICATIONS)
def deliver(delivery_id: int) -> None:
    services.deliver(delivery_id)


@shared_task(name=Job.SWEEP_NOTIFICATIONS)
def sweep() -> None:
    services.deliver_due()
