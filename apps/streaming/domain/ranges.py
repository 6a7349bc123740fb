"""HTTP byte ranges (RFC 9110): one range, or the whole file when the header asks for something we do not offer."""

import re

RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)  # more digits than any size: no range


class Unsatisfiable(ValueError):
    """The range begins after the end of the file: 416."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Half-open (start, end), or None for the whole file. Raises Unsatisfiable."""
    match = RANGE.fullmatch(header.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = int(match[2])
        if length == 0 or size == 0:
            raise Unsatisfiable(header)
        return max(0, size - length), size
    start = int(match[1])
    if match[2] and int(match[2]) < start:
        return None
    if start >= size:
        raise Unsatisfiable(header)
    return start, min(size, int(match[2]) + 1) if match[2] else size
