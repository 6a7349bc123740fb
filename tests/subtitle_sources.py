"""Image subtitles for tests, written by hand: no encoder at hand makes them from text.

``sup`` writes PGS (Blu-ray) streams segment by segment; DVD and DVB tracks are made from those by ffmpeg's encoders.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import media

CLOCK_HZ = 90_000
COMPOSITION, WINDOWS, PALETTE, OBJECT, END = 0x16, 0x17, 0x14, 0x15, 0x80
EPOCH_START, NORMAL = 0x80, 0x00


@dataclass(frozen=True)
class Box:
    """A block of one color on the canvas; ``color`` is a palette entry, 1 to 3."""

    x: int
    y: int
    width: int
    height: int
    color: int = 1


@dataclass(frozen=True)
class Show:
    """What is on screen from ``at`` (seconds) until the next Show; no boxes: nothing."""

    at: float
    boxes: tuple[Box, ...] = ()


def run(color: int, length: int) -> bytes:
    """One run of PGS's length coding, at most 16,383 pixels."""
    if length < 64:
        return bytes((0, 0x80 | length, color))
    return struct.pack(">BHB", 0, 0xC000 | length, color)


def segment(at: float, kind: int, body: bytes) -> bytes:
    ticks = round(at * CLOCK_HZ)
    return struct.pack(">2sIIBH", b"PG", ticks, 0, kind, len(body)) + body


def sup(shows: Iterable[Show], size: tuple[int, int] = (1920, 1080)) -> bytes:
    """A PGS stream that shows these boxes at these times."""
    colors = {1: (235, 128, 128), 2: (81, 240, 90), 3: (41, 110, 240)}  # white, red, blue as Y Cr Cb
    palette = bytes((0, 0)) + b"".join(bytes((entry, *color, 255)) for entry, color in colors.items())
    data = b""
    for number, show in enumerate(shows):
        head = struct.pack(">HHBHBBBB", *size, 0x10, number, EPOCH_START if show.boxes else NORMAL, 0, 0,
                           len(show.boxes))  # fmt: skip
        placed = b"".join(struct.pack(">HBBHH", i, i, 0, box.x, box.y) for i, box in enumerate(show.boxes))
        data += segment(show.at, COMPOSITION, head + placed)
        windows = b"".join(
            struct.pack(">BHHHH", i, box.x, box.y, box.width, box.height) for i, box in enumerate(show.boxes)
        )
        data += segment(show.at, WINDOWS, bytes((len(show.boxes),)) + windows)
        if show.boxes:
            data += segment(show.at, PALETTE, palette)
        for i, box in enumerate(show.boxes):
            lines = (run(box.color, box.width) + b"\x00\x00") * box.height
            length = (len(lines) + 4).to_bytes(3, "big")
            body = struct.pack(">HBB", i, 0, 0xC0) + length + struct.pack(">HH", box.width, box.height) + lines
            data += segment(show.at, OBJECT, body)
        data += segment(show.at, END, b"")
    return data


def film_with_pictures(target: Path, shows: Sequence[Show], *, codec: str = "copy", language: str = "eng") -> Path:
    """A film of ``SHAPES["mkv"]`` with one image track: ``codec`` copy is PGS, else dvdsub or dvbsub."""
    stream = target.with_suffix(".sup")
    stream.write_bytes(sup(shows))
    media.run_ffmpeg(
        "-i", str(media.film("mkv")), "-f", "sup", "-i", str(stream), "-map", "0", "-map", "1:s", "-c", "copy",
        "-c:s", codec, "-metadata:s:s:0", f"language={language}", str(target),
    )  # fmt: skip
    return target
