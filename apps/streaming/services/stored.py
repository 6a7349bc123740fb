"""What lies behind each bit: written with the bit, so that a changed or lost file can be told from a good one."""

from pathlib import Path

from apps.streaming.adapters import store
from apps.streaming.domain.hls import segment_name
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.models import Rendition, StoredSegment

# What has no segments is known by the file that is written last.
LISTS = {TrackKind.SUBTITLE: "vtt", TrackKind.IMAGE: "json", TrackKind.TRICKPLAY: "vtt"}


def path_of(track: Rendition, epoch: int, index: int) -> Path:
    folder = store.folder(track.asset_id, epoch)
    if track.kind in LISTS:
        return folder / f"{track.name}.{LISTS[TrackKind(track.kind)]}"
    return folder / track.name / segment_name(index)


def note_stored(track: Rendition, epoch: int, index: int, size_bytes: int) -> None:
    """The caller holds the rendition's row. Raises OSError when the file is not there: then there is no bit either."""
    path = path_of(track, epoch, index)
    digest = store.sha256_of(path)
    if track.kind in LISTS and (found := store.find(path)):  # a track's size counts its bitmaps and sheets too
        size_bytes = found.size_bytes
    StoredSegment.objects.update_or_create(
        rendition=track, index=index, defaults={"size_bytes": size_bytes, "sha256": digest}
    )
