"""MPEG-TS films that are damaged on purpose, packet by packet."""

import random
from collections.abc import Iterator
from pathlib import Path

PACKET = 188
PICTURE_PID = 256  # as ffmpeg's muxer numbers the first stream
WRAP = 1 << 33  # of the clock, ticks of 1/90000 s


def move_picture(source: Path, target: Path, number: int, ticks: int) -> Path:
    """The film with the times of one picture (by decode order) moved."""
    data = bytearray(source.read_bytes())
    head = list(_picture_heads(data))[number]
    _shift(data, head + 9, ticks)
    if data[head + 7] >> 6 == 3:
        _shift(data, head + 14, ticks)
    target.write_bytes(data)
    return target


def damage_pictures(source: Path, target: Path, *, first: float, last: float) -> Path:
    """The film with noise in the picture's packets of that part, as shares of the file; the heads stay whole."""
    chance = random.Random(1)
    data = bytearray(source.read_bytes())
    packets = len(data) // PACKET
    for at in range(int(packets * first) * PACKET, int(packets * last) * PACKET, PACKET):
        if _pid(data, at) == PICTURE_PID and not data[at + 1] & 0x40:
            data[at + 20 : at + PACKET] = chance.randbytes(PACKET - 20)
    target.write_bytes(data)
    return target


def _pid(data: bytearray, at: int) -> int:
    return (data[at + 1] & 0x1F) << 8 | data[at + 2]


def _picture_heads(data: bytearray) -> Iterator[int]:
    for at in range(0, len(data) - PACKET + 1, PACKET):
        if _pid(data, at) == PICTURE_PID and data[at + 1] & 0x40:
            yield at + 4 + (1 + data[at + 4] if data[at + 3] & 0x20 else 0)


def _shift(data: bytearray, at: int, ticks: int) -> None:
    first, high, low = data[at], data[at + 1] << 8 | data[at + 2], data[at + 3] << 8 | data[at + 4]
    time = ((first >> 1 & 7) << 30 | high >> 1 << 15 | low >> 1) + ticks
    time %= WRAP
    middle, end = time >> 15 & 0x7FFF, time & 0x7FFF
    data[at] = first & 0xF0 | time >> 30 << 1 | 1
    data[at + 1 : at + 3] = (middle << 1 | 1).to_bytes(2)
    data[at + 3 : at + 5] = (end << 1 | 1).to_bytes(2)
