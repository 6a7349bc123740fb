"""Tells the rest of the house that an asset moved: at once for states, every 0.75 s at most for progress.

A quarter of a second is left for the way, so that what people see is never more than a second old.
"""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from apps.common.jobs import Job, enqueue
from apps.streaming.models import MediaAsset

QUIET = timedelta(milliseconds=750)


def announce_progress(asset_id: UUID) -> None:
    """Now, or in a moment when one just went out; what comes while a notice is on its way rides with it."""
    now = timezone.now()
    assets = MediaAsset.objects.filter(pk=asset_id)
    if assets.filter(notified_at__lt=now - QUIET).update(notified_at=now):
        enqueue(Job.ASSET_CHANGED, str(asset_id))
    elif assets.filter(notified_at__lte=now).update(notified_at=now + QUIET):
        enqueue(Job.ASSET_CHANGED, str(asset_id), countdown_s=QUIET.total_seconds())
