"""The master playlist of an asset: what a player may choose from at this moment."""

from apps.streaming.adapters import store
from apps.streaming.models import MediaAsset
from apps.streaming.selectors import master_text


def publish_master(asset: MediaAsset) -> None:
    """Write it when it differs from the published one. Raises OSError."""
    text = master_text(asset.pk).encode()
    target = store.folder(asset.pk, asset.epoch) / "master.m3u8"
    if store.find(target) is None or store.read_bytes(target) != text:
        store.publish_bytes(text, target)
