"""Files on disk: one folder per torrent id under one root, and the lock that keeps a second daemon out."""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from structlog import get_logger

from apps.common.errors import Conflict

log = get_logger(__name__)


def folder_of(root: Path, torrent_id: UUID) -> Path:
    return root / str(torrent_id)


def delete_folder(root: Path, torrent_id: UUID) -> bool:
    """True when nothing is left."""
    folder = folder_of(root, torrent_id)
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def lock_root(root: Path, *, wait_s: float) -> BinaryIO:
    """Two sessions writing the same files would spoil them. The lock lasts as long as the returned file stays open, and
    a killed process leaves none behind. Raises Conflict when another process still holds it after ``wait_s``."""
    root.mkdir(parents=True, exist_ok=True)
    file = (root / ".lock").open("ab")
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                file.close()
                raise Conflict(f"Another torrentd is working in {root}.") from error
            time.sleep(0.1)
        else:
            return file


def written_extents(path: Path) -> Iterator[tuple[int, int]]:
    """[start, end) of each run of the file that was written; holes of a sparse file are left out."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        end = 0
        while True:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
            yield start, end
    except OSError as error:
        if error.errno != errno.ENXIO:  # ENXIO: no data past this point
            log.warning("torrent.extents_unknown", path=str(path), error=str(error))
    finally:
        os.close(descriptor)
