"""The life of an asset as its callers see it: create, retry, remove."""

from pathlib import Path
from uuid import UUID

from django.db import transaction
from structlog import get_logger

from apps.common.errors import Conflict, NotFound
from apps.common.jobs import Job, enqueue
from apps.streaming.adapters import store
from apps.streaming.domain.states import ASSET, AssetEvent, UnitKind, sources_of
from apps.streaming.models import MediaAsset, WorkUnit
from apps.streaming.services.locking import hold_asset, hold_tracks
from apps.streaming.services.moves import move_asset

log = get_logger(__name__)


def create_asset(*, title_id: UUID, source: Path) -> UUID:
    """The asset of this title and file; made, and its preparation started, when it is not there yet."""
    with transaction.atomic():
        asset, is_new = MediaAsset.objects.get_or_create(title_id=title_id, source=str(source))
        if is_new:
            _plan_preparation(asset.pk)
    return asset.pk


def retry_asset(asset_id: UUID) -> None:
    """Begin again from the probe after a failure or an eviction. Raises NotFound, Conflict."""
    asset = MediaAsset.objects.filter(pk=asset_id).first()
    if asset is None:
        raise NotFound("This film is not here.")
    with transaction.atomic():
        if not move_asset(asset_id, AssetEvent.RETRIED, reason="", epoch=asset.epoch + 1):
            raise Conflict("Only a film that failed or was removed can be prepared again.")
        asset.renditions.all().delete()
        asset.units.all().delete()
        _plan_preparation(asset_id)
    store.discard(store.folder(asset_id, asset.epoch))


def remove_asset(asset_id: UUID) -> None:
    """Forget the asset and everything made from it; the source file is not ours and stays."""
    with transaction.atomic():
        hold_asset(asset_id)
        hold_tracks(asset_id)
        MediaAsset.objects.filter(pk=asset_id).delete()
    store.discard(store.asset_folder(asset_id))


def fail_asset(asset_id: UUID, reason: str) -> None:
    """End in ``failed`` with a sentence for people; nothing half-made stays on the disk."""
    with transaction.atomic():
        if not move_asset(asset_id, AssetEvent.FAILED, reason=reason):
            return
        WorkUnit.objects.filter(asset_id=asset_id).delete()
        enqueue(Job.ASSET_CHANGED, str(asset_id))
        transaction.on_commit(lambda: store.discard(store.asset_folder(asset_id)))
    log.warning("asset.failed", asset=str(asset_id), reason=reason)


def is_open(asset: MediaAsset) -> bool:
    """Whether work on the asset still makes sense."""
    return asset.state in sources_of(ASSET, AssetEvent.FAILED)


def _plan_preparation(asset_id: UUID) -> None:
    WorkUnit.objects.create(asset_id=asset_id, kind=UnitKind.PREPARE)
    enqueue(Job.PREPARE_ASSET, str(asset_id))
    enqueue(Job.ASSET_CHANGED, str(asset_id))
