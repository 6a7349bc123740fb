"""What ffmpeg opens for a film, and the only protocols that it may use for that.

Invariant: a scheme that is not in the table is never opened, wherever its address came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

FILE = "file:"
PROTOCOLS: Mapping[str, str] = {"file": "file"}  # what a scheme needs; another kind of source adds its own line


@dataclass(frozen=True, slots=True)
class Address:
    url: str

    @classmethod
    def of_file(cls, path: PurePath | str) -> "Address":
        return cls(f"{FILE}{path}")

    @property
    def protocols(self) -> str:
        """For the whitelist. Raises ValueError when nobody may open such an address."""
        scheme = self.url.partition(":")[0]
        if scheme not in PROTOCOLS:
            raise ValueError(f"{scheme!r} is not an address of a film.")
        return PROTOCOLS[scheme]

    @property
    def file_path(self) -> str | None:
        """None when it is no plain file."""
        return self.url.removeprefix(FILE) if self.url.startswith(FILE) else None
