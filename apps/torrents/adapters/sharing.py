"""Turns a file of ours into a .torrent. Reads the file; needs no libtorrent, so any process may do it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from apps.common.errors import Invalid
from apps.torrents.domain.metainfo import single_file_torrent
from apps.torrents.domain.pieces import choose_piece_bytes


def make_torrent(path: Path, trackers: Sequence[str]) -> bytes:
    """The .torrent of one file. Reads the whole file. Raises OSError; Invalid for an empty file."""
    size = path.stat().st_size
    if size == 0:
        raise Invalid("An empty file cannot be shared.")
    piece_bytes = choose_piece_bytes(size)
    return single_file_torrent(
        name=path.name,
        size=size,
        piece_bytes=piece_bytes,
        hashes=_hash_pieces(path, piece_bytes),
        trackers=trackers,
    )


def _hash_pieces(path: Path, piece_bytes: int) -> bytes:
    """SHA-1 sums of the file's pieces, joined, as a version 1 .torrent lists them."""
    hashes = bytearray()
    with path.open("rb") as file:
        while piece := file.read(piece_bytes):
            hashes += hashlib.sha1(piece, usedforsecurity=False).digest()
    return bytes(hashes)
