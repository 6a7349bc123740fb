"""The order in which rows of one film are locked: the asset, its ``TitleCare``, renditions by key, then units.

Invariant: whoever needs several of them, or several units, takes them in this order; what a transaction has not taken
by the time it holds a later one, it does not take any more. So nobody waits for somebody who waits for him. The locks
of ``common.locks`` come before all of them.
"""

from collections.abc import Iterable
from uuid import UUID

from apps.streaming.models import MediaAsset, Rendition


def hold_asset(asset_id: UUID) -> MediaAsset | None:
    """To the end of the transaction; new units may name it meanwhile."""
    assets = MediaAsset.objects.select_for_update(of=("self",), no_key=True).select_related("title")
    return assets.filter(pk=asset_id).first()


def hold_tracks(asset_id: UUID, names: Iterable[str] | None = None) -> list[Rendition]:
    """These renditions of the asset, or all of them; the caller holds the asset when there may be several."""
    tracks = Rendition.objects.select_for_update(of=("self",)).filter(asset_id=asset_id)
    named = tracks if names is None else tracks.filter(name__in=list(names))
    return list(named.order_by("pk"))
