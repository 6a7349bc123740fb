"""Wake-ups for requests. Each carries an id; the rows say what is to be done."""

from uuid import UUID

from celery import shared_task

from apps.common.jobs import Job
from apps.movie_requests import services


@shared_task(name=Job.ADVANCE_REQUEST)
def advance(acquisition_id: str) -> None:
    services.advance(UUID(acquisition_id))


@shared_task(name=Job.SHOW_REQUEST)
def show(acquisition_id: str) -> None:
    services.look_again(UUID(acquisition_id))


@shared_task(name=Job.TORRENT_CHANGED)
def torrent_changed(torrent_id: str) -> None:
    services.on_torrent_changed(UUID(torrent_id))


@shared_task(name=Job.ASSET_CHANGED)
def asset_changed(asset_id: str) -> None:
    services.on_asset_changed(UUID(asset_id))


@shared_task(name=Job.SWEEP_REQUESTS)
def sweep() -> None:
    services.sweep()
