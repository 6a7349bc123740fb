"""Tells the rest of the house that an asset moved: at once for states, at most once a second for progress."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from apps.common.jobs import Job, enqueue
from apps.streaming.models import MediaAsset

QUIET = timedelta(seconds=1)


def announce_progress(asset_id: UUID) -> None:
    now = timezone.now()
    if MediaAsset.objects.filter(pk=asset_id, notified_at__lt=now - QUIET).update(notified_at=now):
        enqueue(Job.ASSET_CHANGED, str(asset_id))
