"""Films with something broken in them, from small whole ones: every mutation is decided by its number alone."""

import random
import struct
from collections.abc import Callable
from functools import cache

from media import folder, run_ffmpeg

SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2")
PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=128x72:rate=25:duration=2")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25")
SEEDS: dict[str, tuple[str, ...]] = {
    ".mp4": (*X264, "-c:a", "aac", "-ac", "2"),
    ".mkv": (*X264, "-c:a", "ac3"),
    ".avi": ("-c:v", "mpeg4", "-q:v", "6", "-c:a", "libmp3lame"),
    ".ts": ("-c:v", "mpeg2video", "-q:v", "6", "-c:a", "mp2"),
    ".webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
}
FOUR_BYTES = 4


@cache
def seed_film(suffix: str) -> bytes:
    path = folder() / f"seed{suffix}"
    run_ffmpeg(*PICTURE, *SOUND, *SEEDS[suffix], str(path))
    return path.read_bytes()


def flipped(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 5, 40, 400))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def head_flipped(data: bytearray, chance: random.Random) -> bytearray:
    """Where the containers keep their structure."""
    for _ in range(chance.choice((1, 4, 16))):
        data[chance.randrange(min(len(data), 1500))] = chance.randrange(256)
    return data


def truncated(data: bytearray, chance: random.Random) -> bytearray:
    return data[: chance.randrange(1, len(data))]


def spliced(data: bytearray, chance: random.Random) -> bytearray:
    """A piece of another film in the middle, over or between what was there."""
    other = seed_film(chance.choice(list(SEEDS)))
    start = chance.randrange(len(other))
    piece = other[start : start + chance.randrange(1, 20_000)]
    at = chance.randrange(len(data))
    kept = at + (len(piece) if chance.random() < 0.5 else 0)
    return data[:at] + piece + data[kept:]


def swapped(data: bytearray, chance: random.Random) -> bytearray:
    """Two neighbouring boxes of MP4, or two stretches of anything else, change places."""
    cuts = _boxes(data) or sorted(chance.sample(range(len(data)), 3))
    if len(cuts) < 3:
        return data[::-1]
    first = chance.randrange(len(cuts) - 2)
    start, middle, end = cuts[first : first + 3]
    return data[:start] + data[middle:end] + data[start:middle] + data[end:]


def lying(data: bytearray, chance: random.Random) -> bytearray:
    """A length that is not true: of a named box, or four bytes anywhere in the head."""
    names = (b"moov", b"trak", b"stsz", b"stco", b"stts", b"mdat", b"LIST", b"movi", b"idx1", b"elst", b"stsd")
    found = [at for name in names if (at := data.find(name)) >= FOUR_BYTES]
    at = chance.choice(found) - FOUR_BYTES if found and chance.random() < 0.7 else chance.randrange(1000)
    lie = chance.choice((0, 1, 7, 8, 0x7FFFFFFF, 0xFFFFFFFF, chance.randrange(1 << 32)))
    data[at : at + FOUR_BYTES] = struct.pack(">I", lie)
    return data


def emptied(data: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.randrange(1, 30_000))
    data[start:end] = bytes(end - start)
    return data


def repeated(data: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randrange(1, 10_000)]
    return data[:start] + piece * chance.choice((2, 5, 20)) + data[start:]


MUTATIONS: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    flipped, head_flipped, truncated, spliced, swapped, lying, emptied, repeated,
)  # fmt: skip


def mutated(number: int) -> tuple[str, bytes]:
    """Name and bytes of that mutation; every seventh is mutated twice."""
    chance = random.Random(number)
    suffix = list(SEEDS)[number % len(SEEDS)]
    kind = MUTATIONS[number // len(SEEDS) % len(MUTATIONS)]
    data = kind(bytearray(seed_film(suffix)), chance)
    if number % 7 == 0:
        data = chance.choice(MUTATIONS)(data or bytearray(b"?"), chance) if len(data) > 1_000 else data
    return f"{number:04d}-{kind.__name__}{suffix}", bytes(data)


def _boxes(data: bytearray) -> list[int]:
    """Where the outer boxes of an MP4 begin, and its end."""
    cuts = [0]
    while cuts[-1] + 8 <= len(data):
        size = struct.unpack_from(">I", data, cuts[-1])[0]
        if size < 8 or cuts[-1] + size > len(data):
            return []
        cuts.append(cuts[-1] + size)
    return cuts if data[4:8] == b"ftyp" else []
