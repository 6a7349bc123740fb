"""The media store: a local folder. Paths are built from ids; a file appears under its name complete or not at all."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings

COPY_BYTES = 1024 * 1024


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "streaming"


def asset_folder(asset_id: UUID) -> Path:
    return root() / str(asset_id)


def folder(asset_id: UUID, epoch: int) -> Path:
    return asset_folder(asset_id) / str(epoch)


def work_folder(unit_id: UUID, attempt: int) -> Path:
    """A fresh folder for one attempt; on the same file system as the store, so that publishing is a rename."""
    path = root() / "work" / f"{unit_id}-{attempt}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def work_folders() -> list[Path]:
    return sorted((root() / "work").glob("*-*"))


def discard(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def _draft_of(target: Path) -> Path:
    """A name of its own for each writer: threads share a process id, and so do the first processes of containers."""
    return target.with_name(f".{target.name}.{uuid4().hex}")


def publish_joined(pieces: Iterable[Path], target: Path) -> int:
    """Join ``pieces`` into ``target`` and drop them; returns the size. Raises OSError (disk full) and leaves nothing.

    A file already published is kept: its URL is immutable, and both hold the same frames.
    """
    sources = list(pieces)
    if not target.exists():
        draft = _draft_of(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as out:
                for source in sources:
                    with source.open("rb") as data:
                        shutil.copyfileobj(data, out, COPY_BYTES)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    for source in sources:
        source.unlink(missing_ok=True)
    return target.stat().st_size


def publish_bytes(data: bytes, target: Path) -> None:
    """Replace ``target`` in one step (playlists, init segments, subtitles)."""
    draft = _draft_of(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
