"""The only place where assets and renditions change state: one conditional UPDATE per move, from the tables."""

from typing import Any
from uuid import UUID

from apps.streaming.domain.states import (
    ASSET,
    RENDITION,
    AssetEvent,
    RenditionEvent,
    sources_of,
    target_of,
)
from apps.streaming.models import MediaAsset, Rendition


def move_asset(asset_id: UUID, event: AssetEvent, **changes: Any) -> bool:
    """True for the one caller whose move counted."""
    movable = MediaAsset.objects.filter(pk=asset_id, state__in=sources_of(ASSET, event))
    return movable.update(state=target_of(ASSET, event), **changes) == 1


def move_rendition(rendition_id: UUID, event: RenditionEvent, **changes: Any) -> bool:
    movable = Rendition.objects.filter(pk=rendition_id, state__in=sources_of(RENDITION, event))
    return movable.update(state=target_of(RENDITION, event), **changes) == 1
