"""The one place that decides how an asset's source is read; nobody else looks at ``MediaAsset.source`` for that."""

from pathlib import Path

from apps.streaming.adapters.source import LocalFile, Source
from apps.streaming.models import MediaAsset


def open_source(asset: MediaAsset) -> Source:
    return LocalFile(Path(asset.source))
