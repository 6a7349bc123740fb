"""Bencode, both ways. The reader is strict and bounded: it stops at the first token past a limit.

Invariant: no input of at most ``MAX_BYTES`` costs more than ``MAX_TOKENS`` small steps or ``MAX_DEPTH`` frames.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = int | bytes | list["Value"] | dict[bytes, "Value"]

MAX_BYTES = 1 << 20
MAX_TOKENS = 60_000  # 2,000 files of a hybrid torrent need about 50,000
MAX_DEPTH = 40
MAX_DIGITS = 20


class BadBencode(ValueError):
    """The bytes are not bencode."""


class TooManyTokens(BadBencode):
    """The bytes may be bencode, but list more things than any torrent we accept."""


@dataclass
class _Reader:
    data: bytes
    at: int = 0
    tokens: int = 0
    # Where each value of the outermost dictionary lies: the info-hash is taken over those very bytes.
    spans: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def value(self, depth: int) -> Value:
        self.tokens += 1
        if self.tokens > MAX_TOKENS:
            raise TooManyTokens("too many values")
        if depth > MAX_DEPTH:
            raise BadBencode("nested too deeply")
        match self.data[self.at : self.at + 1]:
            case b"i":
                return self.integer()
            case b"l":
                return self.sequence(depth)
            case b"d":
                return self.dictionary(depth)
            case _:
                return self.text()

    def integer(self) -> int:
        end = self.data.find(b"e", self.at, self.at + MAX_DIGITS + 3)
        raw = self.data[self.at + 1 : end] if end > 0 else b""
        digits = raw.removeprefix(b"-")
        if not digits.isdigit() or (digits.startswith(b"0") and raw != b"0"):
            raise BadBencode("a number is malformed")
        self.at = end + 1
        return int(raw)

    def text(self) -> bytes:
        colon = self.data.find(b":", self.at, self.at + MAX_DIGITS)
        raw = self.data[self.at : colon] if colon > 0 else b""
        if not raw.isdigit() or (raw.startswith(b"0") and raw != b"0"):
            raise BadBencode("a length is malformed")
        start, end = colon + 1, colon + 1 + int(raw)
        if end > len(self.data):
            raise BadBencode("it ends too early")
        self.at = end
        return self.data[start:end]

    def sequence(self, depth: int) -> list[Value]:
        self.at += 1
        items: list[Value] = []
        while not self.at_end_mark():
            items.append(self.value(depth + 1))
        return items

    def dictionary(self, depth: int) -> dict[bytes, Value]:
        self.at += 1
        entries: dict[bytes, Value] = {}
        while not self.at_end_mark():
            key = self.text()
            if key in entries:
                raise BadBencode("a key appears twice")
            start = self.at
            entries[key] = self.value(depth + 1)
            if depth == 0:
                self.spans[key] = (start, self.at)
        return entries

    def at_end_mark(self) -> bool:
        if self.at >= len(self.data):
            raise BadBencode("it ends too early")
        if self.data[self.at] != ord("e"):
            return False
        self.at += 1
        return True


def decode(data: bytes) -> tuple[dict[bytes, Value], dict[bytes, bytes]]:
    """The outermost dictionary, and the raw bytes of each of its values.

    Raises BadBencode, or TooManyTokens when a limit stops the reading.
    """
    if len(data) > MAX_BYTES:
        raise TooManyTokens("too many bytes")
    reader = _Reader(data)
    value = reader.value(0)
    if not isinstance(value, dict):
        raise BadBencode("it does not hold a dictionary")
    if data[reader.at :].strip():
        raise BadBencode("something follows its end")
    return value, {key: data[start:end] for key, (start, end) in reader.spans.items()}


def encode(value: Value) -> bytes:
    """Canonical bencode: keys sorted."""
    match value:
        case int():
            return b"i%de" % value
        case bytes():
            return b"%d:%b" % (len(value), value)
        case list():
            return b"l%be" % b"".join(encode(item) for item in value)
        case dict():
            return b"d%be" % b"".join(encode(key) + encode(value[key]) for key in sorted(value))
