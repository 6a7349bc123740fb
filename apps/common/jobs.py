"""Names of background jobs, and the one way to start one: after commit, with ids and JSON only.

Invariant: a message is a wake-up, never the truth. Rows say what is to be done, so a lost or doubled message costs
a few seconds (the sweepers in beat find the work) and never a result.
"""

from enum import StrEnum

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from structlog import get_logger

log = get_logger(__name__)

JsonScalar = str | int | float | bool | None


class Job(StrEnum):
    """Celery task names; the part before the dot is the app that defines the task in its ``tasks.py``."""

    SEND_ACCOUNT_MAIL = "accounts.send_mail"
    DELIVER_NOTIFICATIONS = "notifications.deliver"
    FETCH_ARTWORK = "catalog.fetch_artwork"
    TORRENT_CHANGED = "movie_requests.torrent_changed"
    ASSET_CHANGED = "movie_requests.asset_changed"
    ADVANCE_REQUEST = "movie_requests.advance"
    SHOW_REQUEST = "movie_requests.show"
    SWEEP_REQUESTS = "movie_requests.sweep"
    PREPARE_ASSET = "streaming.prepare_asset"
    RUN_WORK_UNITS = "streaming.run_work_units"
    SWEEP_CATALOG = "catalog.sweep"
    SWEEP_STREAMING = "streaming.sweep"
    REAP_WORK_UNITS = "streaming.reap_work_units"
    SWEEP_NOTIFICATIONS = "notifications.sweep"
    SWEEP_ACCOUNTS = "accounts.sweep"
    REMIND_ROOMS = "rooms.sweep"
    SEND_PARTY_LETTER = "rooms.send_letter"


class Queue(StrEnum):
    """A mail server that takes connections and stays silent holds a thread for 20 s, so mail has threads of its own."""

    DEFAULT = "default"
    MAIL = "mail"
    FETCH = "fetch"
    TRANSCODE = "transcode"


QUEUES: dict[Job, Queue] = {
    Job.SEND_ACCOUNT_MAIL: Queue.MAIL,
    Job.DELIVER_NOTIFICATIONS: Queue.MAIL,
    Job.SWEEP_ACCOUNTS: Queue.MAIL,
    Job.SWEEP_NOTIFICATIONS: Queue.MAIL,
    Job.SEND_PARTY_LETTER: Queue.MAIL,
    Job.FETCH_ARTWORK: Queue.FETCH,
    Job.PREPARE_ASSET: Queue.TRANSCODE,
    Job.RUN_WORK_UNITS: Queue.TRANSCODE,
}


def enqueue(job: Job, *args: JsonScalar, countdown_s: float = 0) -> None:
    """Send ``job`` once the transaction commits (at once outside one). A broker that is down is not an error."""
    transaction.on_commit(lambda: _send(job, args, countdown_s))


def _send(job: Job, args: tuple[JsonScalar, ...], countdown_s: float) -> None:
    queue = QUEUES.get(job, Queue.DEFAULT)
    try:
        current_app.send_task(
            job.value, args=args, queue=queue.value, countdown=countdown_s or None, ignore_result=True, retry=False
        )
    except (OperationalError, RedisError, OSError) as error:
        log.warning("job.wakeup_lost", job=job.value, error=str(error))
