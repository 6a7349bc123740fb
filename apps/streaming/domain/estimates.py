"""How many bytes a rendition may take before it is made. Never too low: the quota rests on it.

The encoder's rate cap bounds a rung; a copy is as large as its track in the source. What is published counts as it is.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Recipe, TrackKind

BUFFER_S = 2  # the rate cap holds over twice a second's worth (bufsize = 2 x maxrate)
MUXER_SHARE = Fraction(102, 100)
BOXES_BYTES_PER_S = 2_500  # a table entry of up to 16 bytes per frame, and one box header per keyframe
HEADER_BYTES = 64 * 1024  # init segment, playlist, and the piece that is joined while its parts are still there
SUBTITLE_BYTES = 512 * 1024
PICTURES_BYTES_PER_S = 4_000  # preview tiles: about 10 kB each 10 s; image subtitles: 8 kB each 4 s; doubled
PICTURES_BYTES = 512 * 1024
EXTRAS_BYTES_PER_S = 200  # a line of 40 bytes per segment and playlist, in ten playlists, doubled
EXTRAS_BYTES = 256 * 1024
SHARPEST_PEAK, LONG_PEAK = Fraction(3), Fraction(3, 2)  # a part of a copy against the average of its film
LONG_PART = 10  # segments


def estimate_bytes(
    recipe: Recipe, kind: TrackKind, segments: Segments, missing: Sequence[int], *, source_bytes: int
) -> int:
    """What the ``missing`` segments may take. ``source_bytes`` is the size of the whole source file."""
    if not missing:
        return 0
    length_s = sum((segments.duration_s(index) for index in missing), Fraction(0))
    if kind == TrackKind.SUBTITLE:
        return min(SUBTITLE_BYTES, source_bytes + HEADER_BYTES)
    if kind not in (TrackKind.VIDEO, TrackKind.AUDIO):
        return int(PICTURES_BYTES + PICTURES_BYTES_PER_S * length_s)
    boxes = BOXES_BYTES_PER_S * length_s + HEADER_BYTES
    if recipe.max_kbps:
        media = Fraction(recipe.max_kbps * 1000, 8) * (length_s + BUFFER_S)
    else:
        share = min(Fraction(1), length_s / segments.total_s * _peak(len(missing), len(segments)))
        media = source_bytes * share
    return int(media * MUXER_SHARE + boxes)


def _peak(wanted: int, total: int) -> Fraction:
    """A few segments may be the sharpest of the film; all of them together are the film."""
    if wanted == total:
        return Fraction(1)
    return LONG_PEAK if wanted >= LONG_PART else SHARPEST_PEAK


def extras_estimate_bytes(duration_s: float) -> int:
    """Playlists, init segments and the few subtitles that people bring."""
    return int(EXTRAS_BYTES + EXTRAS_BYTES_PER_S * duration_s)


def segments_of(spans: Iterable[tuple[int, int]], missing: Iterable[int]) -> list[int]:
    """The missing segments that lie in one of the half-open ``spans``."""
    known = list(spans)
    return [index for index in missing if any(first <= index < last for first, last in known)]
