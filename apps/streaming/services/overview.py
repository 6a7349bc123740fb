"""What the operator sees of the store: how full it is, what takes the room, and what was removed and why."""

from typing import Any

from django.db.models import F

from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset, StorageEvent, TitleCare
from apps.streaming.services import ledger, space
from apps.streaming.services.quota import quota_bytes

EVENTS_MAX = 200


def storage() -> dict[str, Any]:
    """The Storage shape of the API."""
    usage = ledger.usage()
    quota = quota_bytes(usage.used_bytes)
    return {
        "quota_bytes": quota,
        "used_bytes": usage.used_bytes,
        "reserved_bytes": usage.reserved_bytes,
        "free_bytes": store.free_bytes(),
        "is_full": not space.has_floor() or usage.total_bytes >= quota,
        "titles": _titles(),
        "events": list(StorageEvent.objects.order_by("-at", "-pk").values(*EVENT_FIELDS)[:EVENTS_MAX]),
    }


EVENT_FIELDS = ("at", "kind", "title", "what", "bytes", "reason")


def storage_numbers() -> dict[str, int]:
    """Bytes by name, for machines."""
    usage = ledger.usage()
    return {
        "quota": quota_bytes(usage.used_bytes),
        "used": usage.used_bytes,
        "reserved": usage.reserved_bytes,
        "free": store.free_bytes(),
    }


def _titles() -> list[dict[str, Any]]:
    assets = MediaAsset.objects.exclude(state__in=[AssetState.FAILED, AssetState.EVICTED])
    cares = TitleCare.objects.in_bulk()
    rows = [
        _title(asset, cares.get(asset.title_id))
        for asset in assets.select_related("title").prefetch_related("renditions").order_by(F("created_at").desc())
    ]
    return sorted(rows, key=lambda row: -row["bytes"])


def _title(asset: MediaAsset, care: TitleCare | None) -> dict[str, Any]:
    payload = ledger.payload_of(asset) if asset.has_source else None
    source_bytes = payload[1] if payload else 0
    tracks = sorted(asset.renditions.all(), key=lambda track: track.name)
    made_bytes = sum(track.size_bytes for track in tracks) + asset.extra_bytes
    return {
        "title_id": asset.title_id,
        "name": asset.title.name,
        "bytes": made_bytes + source_bytes,
        "source_bytes": source_bytes,
        "renditions": [{"name": track.name, "bytes": track.size_bytes, "state": track.state} for track in tracks],
        "watched_at": care.watched_at if care else None,
        "kept": bool(care and care.is_kept),
        "leaves_at": care.leaves_at if care else None,
        "reason": asset.pause_reason or None,
    }
