"""Wake-ups for streaming's workers. The rows say what is to be done; a task does one unit and wakes the next."""

from uuid import UUID

from celery import shared_task

from apps.common.jobs import Job
from apps.streaming import services
from apps.streaming.domain.states import UnitKind


@shared_task(name=Job.PREPARE_ASSET)
def prepare_asset(asset_id: str) -> None:
    services.run_next_unit(asset_id=UUID(asset_id), kind=UnitKind.PREPARE)


@shared_task(name=Job.RUN_WORK_UNITS)
def run_work_units() -> None:
    services.run_next_unit()


@shared_task(name=Job.REAP_WORK_UNITS)
def reap_work_units() -> None:
    services.reap()


@shared_task(name=Job.SWEEP_STREAMING)
def sweep() -> None:
    services.sweep()
