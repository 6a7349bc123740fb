"""Work of the catalogue that waits for others: artwork."""

from uuid import UUID

from celery import shared_task

from apps.catalog import services
from apps.common.jobs import Job


@shared_task(name=Job.FETCH_ARTWORK)
def fetch_artwork(title_id: str) -> None:
    services.fetch_artwork(UUID(title_id))


@shared_task(name=Job.SWEEP_CATALOG)
def sweep() -> None:
    services.sweep()
