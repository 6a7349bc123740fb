"""What lies behind each bit: written with the bit, so that a changed or lost file can be told from a good one.

Invariant: it is known from the bytes that were sent to the store, so nothing is read while a row is held.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from apps.streaming.adapters import store
from apps.streaming.domain.hls import segment_name
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.pictures import picture_name
from apps.streaming.domain.trickplay import sheet_name
from apps.streaming.models import Rendition, StoredSegment

# What has no segments is known by the file that is written last.
LISTS = {TrackKind.SUBTITLE: "vtt", TrackKind.IMAGE: "json", TrackKind.TRICKPLAY: "vtt"}
PICTURE = re.compile(rb"([a-z0-9-]{1,20})/(t([0-9]{2})\.jpg|([0-9]{5})\.png)")


def pictures_of(track: Rendition, text: bytes) -> dict[int, str]:
    """The files below the asset's folder that a published list names, by their index in ``stored``; 0 is the list."""
    found = (match for match in PICTURE.finditer(text) if match[1].decode() == track.name)
    return {1 + int(match[3] or match[4]): match[0].decode() for match in found}


def path_of(track: Rendition, epoch: int, index: int) -> Path:
    """Of a segment; of a track without segments the list (0) or one of the pictures that it names."""
    folder = store.folder(track.asset_id, epoch)
    if track.kind not in LISTS:
        return folder / track.name / segment_name(index)
    if index == 0:
        return folder / f"{track.name}.{LISTS[TrackKind(track.kind)]}"
    name = sheet_name(index - 1) if track.kind == TrackKind.TRICKPLAY else picture_name(index - 1)
    return folder / track.name / name


def note_stored(track: Rendition, published: Mapping[int, store.Published]) -> None:
    """What is known of these files from now on; the caller holds the rendition's row."""
    if track.kind in LISTS:  # a list that is made again may name other pictures
        StoredSegment.objects.filter(rendition=track).delete()
    rows = [
        StoredSegment(rendition=track, index=index, size_bytes=one.size_bytes, sha256=one.sha256)
        for index, one in published.items()
    ]
    StoredSegment.objects.bulk_create(
        rows,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["rendition", "index"],
        update_fields=["size_bytes", "sha256"],
    )
