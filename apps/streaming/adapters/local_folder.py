"""The media store as a folder. A file is there complete or not at all: one rename on one file system publishes it."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

COPY_BYTES = 1024 * 1024


class LocalFolder:
    """Names are paths below ``root``; a draft lies in ``work`` and is nobody's file."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, name: str) -> tuple[int, str] | None:
        try:
            found = (self.root / name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_size, f"{found.st_size:x}-{found.st_mtime_ns:x}"

    def put(self, name: str, parts: Iterable[Path | bytes]) -> None:
        """Join ``parts`` under ``name``. Raises OSError (disk full) and leaves nothing."""
        target = self.root / name
        # A name of its own for each writer: threads share a process id, and so do the first processes of containers.
        # It lies among the work folders, so that the sweep clears what a killed writer leaves.
        draft = self.root / "work" / f"draft-{uuid4().hex}"
        for folder in (target.parent, draft.parent):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as out:
                for part in parts:
                    if isinstance(part, bytes):
                        out.write(part)
                        continue
                    with part.open("rb") as data:
                        shutil.copyfileobj(data, out, COPY_BYTES)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def read(self, name: str, start: int, end: int, chunk_bytes: int) -> Iterator[bytes]:
        """Bytes [start, end). Raises FileNotFoundError."""
        with (self.root / name).open("rb") as source:
            source.seek(start)
            while start < end and (data := source.read(min(chunk_bytes, end - start))):
                start += len(data)
                yield data

    def sizes(self, folder: str) -> dict[str, int]:
        found = {}
        for inner, _, names in os.walk(self.root / folder):  # passes by what is removed while we look
            for path in (Path(inner) / name for name in names if not name.startswith(".")):
                with suppress(FileNotFoundError):
                    found[path.relative_to(self.root).as_posix()] = path.stat().st_size
        return found

    def folders(self, folder: str) -> list[str]:
        """The names of the folders directly inside."""
        return [path.name for path in (self.root / folder).glob("*") if path.is_dir()]

    def remove(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)

    def remove_folder(self, folder: str) -> None:
        shutil.rmtree(self.root / folder, ignore_errors=True)
