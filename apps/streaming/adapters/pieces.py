"""Reads finished fMP4 files: the boxes only, never the sample data."""

import struct
from pathlib import Path

from apps.streaming.domain.mp4 import BadBox, InitFacts, PieceFacts, moved, read_init, read_piece

BOX_LIMIT_BYTES = 16 * 1024 * 1024


def init_facts(path: Path) -> InitFacts:
    """Raises BadBox, OSError."""
    return read_init(path.read_bytes())


def move_piece(path: Path, ticks: int) -> None:
    """Let it play ``ticks`` later; for pieces of sound, which are small. Raises BadBox, OSError."""
    path.write_bytes(moved(path.read_bytes(), ticks))


def piece_facts(path: Path) -> PieceFacts:
    """Raises BadBox for anything that is not a finished piece, OSError."""
    kept = bytearray()
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            start = file.tell()
            head = file.read(16)
            if len(head) < 8:
                raise BadBox("a box is cut off")
            length, kind = struct.unpack(">I4s", head[:8])
            if length == 1 and len(head) == 16:
                length = struct.unpack(">Q", head[8:])[0]
            if length < 8 or start + length > size:
                raise BadBox(f"{kind!r} does not fit")
            file.seek(start)
            if kind != b"mdat":
                if length > BOX_LIMIT_BYTES:
                    raise BadBox(f"{kind!r} is too large")
                kept += file.read(length)
            file.seek(start + length)
    return read_piece(bytes(kept))
