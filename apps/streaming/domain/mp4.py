"""Reads the boxes of fragmented MP4: what a finished piece holds and when it plays. Never touches sample data."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from apps.streaming.domain.codecs import codecs_of

CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex"})
TRUN_DATA_OFFSET, TRUN_FIRST_FLAGS = 0x1, 0x4
TRUN_FIELDS = ((0x100, "duration"), (0x200, "size"), (0x400, "flags"), (0x800, "offset"))
TFHD_BASE, TFHD_DESCRIPTION, TFHD_DURATION = 0x1, 0x2, 0x8


class BadBox(ValueError):
    """The bytes are not the fragmented MP4 that the muxer was asked for."""


@dataclass(frozen=True, slots=True)
class InitFacts:
    timescale: int
    edit_start: int  # media time at which presentation begins, in ticks: B-frame delay or AAC priming
    codec: str  # RFC 6381


@dataclass(frozen=True, slots=True)
class PieceFacts:
    """One or more fragments: decode start, first composition offset, sample count and length, in ticks."""

    decode_start: int
    first_offset: int
    frames: int
    ticks: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """(type, body start, body end) of each box, entering the containers. Raises BadBox on impossible sizes."""
    stop = len(data) if end is None else end
    while start < stop:
        if start + 8 > stop:
            raise BadBox("a box is cut off")
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1 and start + 16 <= stop:
            size, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        if size < head or start + size > stop:
            raise BadBox(f"{kind!r} does not fit")
        yield kind, start + head, start + size
        if kind in CONTAINERS:
            yield from boxes(data, start + head, start + size)
        start += size


def read_init(data: bytes) -> InitFacts:
    """Raises BadBox."""
    try:
        return _read_init(data)
    except (struct.error, IndexError) as error:
        raise BadBox("a box of the init segment is too short") from error


def _read_init(data: bytes) -> InitFacts:
    timescale, edit_start, codec = 0, 0, ""
    for kind, start, end in boxes(data):
        if kind == b"mdhd":
            timescale = struct.unpack_from(">I", data, start + (20 if data[start] else 12))[0]
        elif kind == b"elst":
            edit_start = _edit_start(data, start)
        elif kind == b"stsd":
            codec = codecs_of(data[start + 8 : end])
    if not timescale or not codec:
        raise BadBox("the init segment has no timescale or no known codec")
    return InitFacts(timescale, edit_start, codec)


def _edit_start(data: bytes, start: int) -> int:
    count = struct.unpack_from(">I", data, start + 4)[0]
    shape = ">Qqi" if data[start] else ">Iii"
    entries = [struct.unpack_from(shape, data, start + 8 + index * struct.calcsize(shape)) for index in range(count)]
    return max([media_time for _, media_time, _ in entries if media_time >= 0], default=0)


def read_piece(data: bytes) -> PieceFacts:
    """Facts of the ``moof`` boxes in ``data``; ``mdat`` boxes may be left out. Raises BadBox when there is none."""
    try:
        return _read_piece(data)
    except (struct.error, IndexError) as error:
        raise BadBox("a box of the piece is too short") from error


def _read_piece(data: bytes) -> PieceFacts:
    decode_start: int | None = None
    first_offset: int | None = None
    frames = ticks = default_duration = 0
    for kind, start, _ in boxes(data):
        if kind == b"tfhd":
            default_duration = _default_duration(data, start)
        elif kind == b"tfdt" and decode_start is None:
            decode_start = struct.unpack_from(">Q" if data[start] else ">I", data, start + 4)[0]
        elif kind == b"trun":
            count, length, offset = _run(data, start, default_duration)
            first_offset = offset if first_offset is None else first_offset
            frames, ticks = frames + count, ticks + length
    if decode_start is None or first_offset is None or not frames:
        raise BadBox("the piece holds no pictures or sound")
    return PieceFacts(decode_start, first_offset, frames, ticks)


def moved(data: bytes, ticks: int) -> bytes:
    """The same piece, ``ticks`` later. Raises BadBox when its time has no 64 bits."""
    found = bytearray(data)
    for kind, start, _ in boxes(data):
        if kind == b"tfdt":
            if not data[start]:
                raise BadBox("the piece counts its time in 32 bits")
            struct.pack_into(">Q", found, start + 4, struct.unpack_from(">Q", data, start + 4)[0] + ticks)
    return bytes(found)


def _default_duration(data: bytes, start: int) -> int:
    flags = struct.unpack_from(">I", data, start)[0] & 0xFFFFFF
    at = start + 8 + (8 if flags & TFHD_BASE else 0) + (4 if flags & TFHD_DESCRIPTION else 0)
    return int(struct.unpack_from(">I", data, at)[0]) if flags & TFHD_DURATION else 0


def _run(data: bytes, start: int, default_duration: int) -> tuple[int, int, int]:
    version, flags = data[start], struct.unpack_from(">I", data, start)[0] & 0xFFFFFF
    count = struct.unpack_from(">I", data, start + 4)[0]
    at = start + 8 + (4 if flags & TRUN_DATA_OFFSET else 0) + (4 if flags & TRUN_FIRST_FLAGS else 0)
    present = [name for bit, name in TRUN_FIELDS if flags & bit]
    step = 4 * len(present)
    if at + step * count > len(data):
        raise BadBox("a sample table is cut off")
    length, offset = default_duration * count, 0
    if "duration" in present:
        column = present.index("duration") * 4
        length = sum(struct.unpack_from(">I", data, at + row * step + column)[0] for row in range(count))
    if "offset" in present and count:
        shape = ">i" if version else ">I"
        offset = struct.unpack_from(shape, data, at + present.index("offset") * 4)[0]
    return count, length, offset
