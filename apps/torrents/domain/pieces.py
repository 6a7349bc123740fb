"""Piece arithmetic: which pieces a crashed download left whole on disk, how far it is, how long it will take."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BLOCK_BYTES = 16 * 1024  # BitTorrent's unit of transfer


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one file lies in the torrent's run of bytes. ``piece_bytes`` holds for every piece but the last."""

    piece_bytes: int
    total_bytes: int
    file_start: int
    file_bytes: int

    def piece_span(self, piece: int) -> tuple[int, int]:
        start = piece * self.piece_bytes
        return start, min(start + self.piece_bytes, self.total_bytes)

    def blocks_in(self, piece: int) -> int:
        start, end = self.piece_span(piece)
        return -(-(end - start) // BLOCK_BYTES)


def pieces_on_disk(layout: Layout, extents: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Pieces that lie wholly inside the file's written ``extents`` ([start, end) within the file).

    Written does not mean right: their hashes must be checked before they count.
    """
    for start, end in extents:
        written_from = layout.file_start + start
        written_to = layout.file_start + min(end, layout.file_bytes)
        piece = -(-written_from // layout.piece_bytes)
        while piece * layout.piece_bytes < written_to and layout.piece_span(piece)[1] <= written_to:
            yield piece
            piece += 1


def progress(done_bytes: int, wanted_bytes: int) -> float:
    """0..1; an unknown size is no progress."""
    return min(done_bytes / wanted_bytes, 1.0) if wanted_bytes > 0 else 0.0


def eta_s(done_bytes: int, wanted_bytes: int, bytes_per_s: int) -> float | None:
    """Seconds to the end at this rate; None when nothing moves or the size is unknown."""
    if bytes_per_s <= 0 or wanted_bytes <= 0:
        return None
    return max(wanted_bytes - done_bytes, 0) / bytes_per_s


def bytes_to_fetch(film_bytes: int, piece_bytes: int, *, is_alone: bool) -> int:
    """What fetching the film puts on the disk at most: its first and last piece may hold bytes of its neighbours."""
    return film_bytes if is_alone else film_bytes + 2 * piece_bytes


def choose_piece_bytes(file_bytes: int) -> int:
    """About 1,000 pieces, as a power of two from 64 KiB to 4 MiB: small pieces start a film sooner."""
    target = max(file_bytes // 1000, 1)
    return min(max(1 << (target - 1).bit_length(), 64 * 1024), 4 * 1024 * 1024)
