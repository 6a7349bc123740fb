"""Reads what an MP4's index (``moov``) says about its samples: how far each is shown after it is decoded.

Invariant: nothing here trusts a number of the file further than the bytes that are there; a table that does not fit is
BadBox, and the caller reads the packets themselves.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from apps.streaming.domain.mp4 import BadBox

TABLES = frozenset({b"trak", b"mdia", b"minf", b"stbl"})
DEPTH = 5  # moov, trak, mdia, minf, stbl
MAX_SAMPLES = 60 * 60 * 24 * 60


@dataclass(slots=True)
class SampleTable:
    """Of one track, in the order of the file, which is the order that demuxers number streams by."""

    offsets: list[int] | None = None  # presentation minus decode time of each sample, in ticks; None: always zero
    samples: int = 0
    last_duration: int = 0


def sample_tables(moov: bytes) -> list[SampleTable]:
    """One per track of a whole ``moov`` body. Raises BadBox; also for fragmented files, whose samples are elsewhere."""
    tables: list[SampleTable] = []
    try:
        for kind, start, end in _boxes(moov, 0, len(moov), DEPTH):
            if kind == b"mvex":
                raise BadBox("the samples are in fragments")
            if kind == b"trak":
                tables.append(SampleTable())
            elif tables:
                _read(tables[-1], kind, moov[start:end])
    except struct.error as error:
        raise BadBox("a table is cut off") from error
    return tables


def _boxes(data: bytes, start: int, end: int, depth: int) -> Iterator[tuple[bytes, int, int]]:
    if not depth:
        raise BadBox("boxes lie too deep in each other")
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > end:
            raise BadBox(f"{kind!r} does not fit")
        yield kind, start + 8, start + size
        if kind in TABLES:
            yield from _boxes(data, start + 8, start + size, depth - 1)
        start += size


def _read(table: SampleTable, kind: bytes, body: bytes) -> None:
    if kind == b"stsz":
        table.samples = struct.unpack_from(">I", body, 8)[0]
    elif kind == b"stts":
        runs = _pairs(body, ">II")
        table.last_duration = runs[-1][1] if runs else 0
    elif kind == b"ctts":
        # Version 0 says unsigned, but many writers mean signed all the same; so does every demuxer that lives.
        runs = _pairs(body, ">Ii")
        if sum(count for count, _ in runs) > MAX_SAMPLES:
            raise BadBox("there are more samples than a film has")
        table.offsets = [offset for count, offset in runs for _ in range(count)]


def _pairs(body: bytes, shape: str) -> list[tuple[int, int]]:
    count = struct.unpack_from(">I", body, 4)[0]
    if 8 + count * 8 > len(body):
        raise BadBox("a table is cut off")
    return list(struct.iter_unpack(shape, body[8 : 8 + count * 8]))
