"""A film's bytes as everything that reads them sees them: where they are, and whether a part is here already.

Invariant: whoever reads a part asks for it first. What is not here yet is nobody's failure; what is gone is.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from apps.streaming.domain.address import Address


class NotHereYet(Exception):
    """That part of the film will come; the message is a sentence for people that says what is waited for."""


class Source(Protocol):
    @property
    def address(self) -> Address:
        """What ffmpeg opens."""

    def is_there(self) -> bool:
        """False when it is gone for good, or was never a film's file."""

    def size_bytes(self) -> int:
        """Of the whole film. Raises OSError."""

    def head(self, length: int) -> bytes:
        """The first bytes. Raises OSError."""

    def require_index(self) -> None:
        """What tells tracks and length: the head, the index where there is one, the first pictures.

        Raises NotHereYet.
        """

    def require(self, start_s: float = 0.0, end_s: float = math.inf) -> None:
        """All that showing this stretch takes, in seconds since the film's first packet.

        What lies after the film's end is always here. Raises NotHereYet.
        """


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A plain file that is complete."""

    path: Path

    @property
    def address(self) -> Address:
        return Address.of_file(self.path)

    def is_there(self) -> bool:
        return self.path.is_file()

    def size_bytes(self) -> int:
        return self.path.stat().st_size

    def head(self, length: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(length)

    def require_index(self) -> None:
        pass

    def require(self, start_s: float = 0.0, end_s: float = math.inf) -> None:
        pass
