"""How much a foreign program may leave in its work folder at once, whatever a file makes it believe.

RLIMIT_FSIZE bounds each file; this bounds their number and their sum, looked at while the program runs.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# A unit of a minute at 240 whole pictures a second has 14,400 pieces; they leave as they are joined into segments.
FILES_MAX = 20_000
BYTES_MAX = 4 * 1024**3


class Overgrown(Exception):
    """The folder holds more than any unit of work needs."""


def refuse_overgrown(folder: Path, *, files_max: int = FILES_MAX, bytes_max: int = BYTES_MAX) -> None:
    """Raises Overgrown."""
    files = total_bytes = 0
    for size in _sizes(folder):
        files, total_bytes = files + 1, total_bytes + size
        if files > files_max:
            raise Overgrown(f"It wrote more than {files_max} files.")
        if total_bytes > bytes_max:
            raise Overgrown(f"It wrote more than {bytes_max} bytes.")


def _sizes(folder: str | Path) -> Iterator[int]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(entry.path)
                continue
            with suppress(FileNotFoundError):  # ffmpeg renames its drafts
                yield entry.stat(follow_symlinks=False).st_size
