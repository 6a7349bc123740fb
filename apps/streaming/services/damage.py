"""Tells the people who watch that the source is damaged."""

from uuid import UUID

from django.db import transaction
from structlog import get_logger

from apps.common.jobs import Job, enqueue
from apps.streaming.domain.damage import NOTE
from apps.streaming.services.locking import hold_asset

log = get_logger(__name__)


def note_damage(asset_id: UUID) -> None:
    """Once per plan, whoever finds it and however often."""
    with transaction.atomic():
        asset = hold_asset(asset_id)
        if asset is None or NOTE in asset.notes:
            return
        asset.notes = [*asset.notes, NOTE]
        asset.save(update_fields=["notes"])
        enqueue(Job.ASSET_CHANGED, str(asset_id))
    log.warning("asset.damaged", asset=str(asset_id))
