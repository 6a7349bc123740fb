"""The master playlist of an asset: what a player may choose from at this moment."""

from apps.streaming.adapters import store
from apps.streaming.models import MediaAsset
from apps.streaming.selectors import master_text


def publish_master(asset: MediaAsset) -> None:
    """As it is now. Raises OSError."""
    write_master(asset, master_text(asset.pk))


def write_master(asset: MediaAsset, text: str) -> None:
    """Write it when it differs from the published one. Raises OSError."""
    data, target = text.encode(), store.folder(asset.pk, asset.epoch) / "master.m3u8"
    if store.find(target) is None or store.read_bytes(target) != data:
        store.publish_bytes(data, target)
