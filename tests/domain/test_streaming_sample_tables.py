"""The index of an MP4: offsets, counts and last length of each track; tables that lie are refused."""

import struct

import pytest

from apps.streaming.domain.mp4 import BadBox
from apps.streaming.domain.sample_tables import sample_tables


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def table(kind: bytes, rows: list[tuple[int, int]], count: int | None = None) -> bytes:
    body = struct.pack(">II", 0, len(rows) if count is None else count)
    return box(kind, body + b"".join(struct.pack(">Ii", *row) for row in rows))


def trak(*tables: bytes, samples: int = 5) -> bytes:
    sizes = box(b"stsz", struct.pack(">III", 0, 100, samples))
    return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", b"".join(tables) + sizes))))


def nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = box(b"trak", inner)
    return inner


def test_offsets_are_told_for_each_sample():
    [found] = sample_tables(trak(table(b"stts", [(4, 512), (1, 256)]), table(b"ctts", [(2, 1024), (3, -512)])))
    assert found.offsets == [1024, 1024, -512, -512, -512]
    assert (found.samples, found.last_duration) == (5, 256)


def test_a_track_without_offsets_is_shown_as_it_is_decoded():
    [picture, sound] = sample_tables(trak(table(b"ctts", [(5, 1)])) + trak(table(b"stts", [(9, 1024)]), samples=9))
    assert picture.offsets == [1] * 5
    assert (sound.offsets, sound.samples, sound.last_duration) == (None, 9, 1024)


@pytest.mark.parametrize(
    "moov",
    [
        trak(table(b"ctts", [(1, 2)], count=900)),
        trak(table(b"ctts", [(2**32 - 1, 2)])),
        trak(table(b"ctts", [(2_000_000, 2)] * 4)),
        nested(1_000),
        trak(table(b"stts", [], count=1)),
        trak(box(b"stsz", b"\0")),
        trak() + box(b"mvex", b""),
        struct.pack(">I4s", 900, b"trak"),
        struct.pack(">I4s", 3, b"trak"),
    ],
)
def test_tables_that_lie_are_refused(moov):
    with pytest.raises(BadBox):
        sample_tables(moov)


def test_nothing_is_no_track():
    assert sample_tables(b"") == []
