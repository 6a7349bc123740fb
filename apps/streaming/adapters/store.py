"""The media store behind one interface: a local folder, or an S3-compatible bucket with the same names.

A ``Path`` below ``folder()`` is the name of a file, wherever its bytes are: ask this module about it, never the path
itself. Names are built from ids. Work folders are always local, on the same file system as a local store.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings

from apps.streaming.adapters.local_folder import LocalFolder

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    size_bytes: int
    version: str  # another one when the bytes are other ones


@dataclass(frozen=True, slots=True)
class Published:
    """What was meant to be stored: known before the first byte leaves, so a store that alters it is found out."""

    size_bytes: int
    sha256: bytes


class Backend(Protocol):
    def find(self, name: str) -> tuple[int, str] | None: ...
    def put(self, name: str, parts: Iterable[Path | bytes]) -> None: ...
    def read(self, name: str, start: int, end: int, chunk_bytes: int) -> Iterator[bytes]: ...
    def sizes(self, folder: str) -> dict[str, int]: ...
    def folders(self, folder: str) -> list[str]: ...
    def remove(self, name: str) -> None: ...
    def remove_folder(self, folder: str) -> None: ...


def root() -> Path:
    """Where work is done, and where a local store keeps its files."""
    return Path(settings.MEDIA_ROOT) / "streaming"


def is_local() -> bool:
    return bool(settings.MEDIA_STORE == "local")


def _backend() -> Backend:
    return LocalFolder(root()) if is_local() else _bucket(tuple(sorted(settings.MEDIA_BUCKET.items())))


@lru_cache(maxsize=2)  # connections are kept; tests use a second bucket
def _bucket(options: tuple[tuple[str, object], ...]) -> Backend:
    from apps.streaming.adapters.bucket import Bucket  # its packages are an extra

    return Bucket(dict(options))


def name_of(path: Path) -> str:
    """The name below the root: ``<asset>/<epoch>/...``, the key in a bucket."""
    return path.relative_to(root()).as_posix()


def asset_folder(asset_id: UUID) -> Path:
    return root() / str(asset_id)


def folder(asset_id: UUID, epoch: int) -> Path:
    return asset_folder(asset_id) / str(epoch)


def work_folder(unit_id: UUID, attempt: int) -> Path:
    """A fresh local folder for one attempt."""
    path = root() / "work" / f"{unit_id}-{attempt}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def work_folders() -> list[Path]:
    return sorted((root() / "work").glob("*-*"))


def work_bytes(path: Path) -> int:
    """What a work folder holds right now; files come and go meanwhile."""
    total = 0
    for folder_name, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(folder_name) / name).stat().st_size
    return total


def discard(path: Path) -> None:
    """Drop what lies in ``work``, or a whole stored folder. Raises OSError when a bucket does not answer."""
    if path.is_file() and path.is_relative_to(root() / "work"):  # the draft of a writer that was killed
        path.unlink(missing_ok=True)
    elif is_local() or path.is_relative_to(root() / "work"):
        shutil.rmtree(path, ignore_errors=True)
    else:
        _backend().remove_folder(name_of(path))


def find(path: Path) -> StoredFile | None:
    """Raises OSError when a bucket does not answer."""
    found = _backend().find(name_of(path))
    return StoredFile(*found) if found else None


def is_there(path: Path) -> bool:
    """Whether the file is published and holds a byte."""
    found = find(path)
    return found is not None and found.size_bytes > 0


def chunks(path: Path, start: int, end: int) -> Iterator[bytes]:
    """Bytes [start, end). Raises OSError (FileNotFoundError)."""
    return _backend().read(name_of(path), start, end, CHUNK_BYTES)


def read_bytes(path: Path) -> bytes:
    """Raises FileNotFoundError."""
    found = find(path)
    if found is None:
        raise FileNotFoundError(path)
    return b"".join(chunks(path, 0, found.size_bytes))


def sizes(folder_path: Path) -> dict[Path, int]:
    """Every published file below a folder, and its bytes."""
    return {root() / name: size for name, size in _backend().sizes(name_of(folder_path)).items()}


def publish_joined(pieces: Iterable[Path], target: Path) -> Published:
    """Join ``pieces`` into ``target`` in one step and drop them. Raises OSError (disk full) and leaves nothing new.

    Callers look first whether it is recorded, since its URL is immutable. A worker that is frozen between its look and
    this, past its lease, may still replace what its successor recorded: with the same part of the film, and the audit
    finds it when the bytes differ.
    """
    sources = list(pieces)
    published = _published(sources)
    _backend().put(name_of(target), sources)
    for source in sources:
        source.unlink(missing_ok=True)
    return published


def publish_bytes(data: bytes, target: Path) -> Published:
    """Replace ``target`` in one step (playlists, init segments, subtitles). Raises OSError."""
    _backend().put(name_of(target), [data])
    return Published(len(data), sha256(data).digest())


def _published(sources: Iterable[Path]) -> Published:
    digest, size_bytes = sha256(), 0
    for source in sources:
        data = source.read_bytes()  # one piece of a few seconds
        digest.update(data)
        size_bytes += len(data)
    return Published(size_bytes, digest.digest())


def remove_file(path: Path) -> None:
    """Drop one published file; one that is not there is no fault."""
    _backend().remove(name_of(path))


def remove_track(asset_id: UUID, epoch: int, name: str) -> None:
    """Drop a rendition's init segment and segments; its playlist stays, since the track can be made again."""
    discard(folder(asset_id, epoch) / name)


def disk_bytes() -> int:
    """The size of the disk where work is done."""
    root().mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root()).total


def sha256_of(path: Path) -> bytes:
    """Of the bytes as they are stored. Raises OSError (FileNotFoundError)."""
    found = find(path)
    if found is None:
        raise FileNotFoundError(path)
    digest = sha256()
    for part in chunks(path, 0, found.size_bytes):
        digest.update(part)
    return digest.digest()


def asset_folders() -> dict[UUID, list[int]]:
    """Every asset that has a folder in the store, and its epochs. Raises OSError when a bucket does not answer."""
    backend = _backend()
    found: dict[UUID, list[int]] = {}
    for name in backend.folders(""):
        with suppress(ValueError):
            found[UUID(name)] = [int(epoch) for epoch in backend.folders(name) if epoch.isdecimal()]
    return found


def free_bytes() -> int:
    """Room on the disk where work is done (and films are, when the store is local)."""
    root().mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root()).free
