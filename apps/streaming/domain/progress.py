"""Progress from what is published, not from what ffmpeg says: a bitmap of segments, one bit each."""

from collections.abc import Iterable


def empty_bitmap(segment_count: int) -> bytes:
    return bytes((segment_count + 7) // 8)


def with_bit(bitmap: bytes, index: int) -> bytes:
    changed = bytearray(bitmap)
    changed[index // 8] |= 1 << (index % 8)
    return bytes(changed)


def has_bit(bitmap: bytes, index: int) -> bool:
    return bool(bitmap[index // 8] & (1 << (index % 8)))


def count(bitmap: bytes) -> int:
    return int.from_bytes(bitmap, "little").bit_count()


def missing(bitmap: bytes, first: int, last: int) -> list[int]:
    return [index for index in range(first, last) if not has_bit(bitmap, index)]


def share(done: int, total: int) -> float:
    return min(1.0, done / total) if total else 0.0


def overall(parts: Iterable[tuple[int, int, float]]) -> float:
    """Progress of many renditions: (done, total, weight) each. Encoding weighs more than copying."""
    known = [(share(done, total), weight) for done, total, weight in parts if total]
    weight_sum = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / weight_sum if weight_sum else 0.0


def progress_number(line: str, wanted: str) -> int | None:
    """The value of ``wanted`` from one line of ``-progress``: out_time_us is the sign of life between two segments."""
    key, _, value = line.partition("=")
    is_number = value.strip().lstrip("-").isdigit()
    return int(value) if key == wanted and is_number else None
