"""The media store as an S3-compatible bucket, through django-storages. A put is whole or nothing by S3's own promise.

What the bucket refuses or cannot answer is an OSError here, as a disk's faults are: another attempt may mend it.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

SPOOL_BYTES = 8 * 1024 * 1024  # more than most segments: they never touch the disk again on their way out
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 20
CONNECTIONS = 32  # viewers reading at once in one process
MISSING = {"404", "NoSuchKey", "NotFound"}


class BucketFailed(OSError):
    """The bucket refused a request or did not answer."""


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise FileNotFoundError(str(error)) from error
        raise BucketFailed(str(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise BucketFailed(str(error)) from error


class Bucket:
    """Names are keys below ``options["location"]``; they are the local folder's names, letter for letter."""

    def __init__(self, options: Mapping[str, object]) -> None:
        client = Config(
            connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, max_pool_connections=CONNECTIONS,
            retries={"mode": "standard", "max_attempts": 3}, signature_version="s3v4",
            s3={"addressing_style": options.get("addressing_style")},
        )  # fmt: skip
        self._storage = S3Storage(**options, client_config=client, file_overwrite=True)
        self._prefix = f"{self._storage.location.strip('/')}/".lstrip("/")

    def find(self, name: str) -> tuple[int, str] | None:
        try:
            with _as_os_error():
                head = self._object(name)
                return head.content_length, str(head.e_tag).strip('"')
        except FileNotFoundError:
            return None

    def put(self, name: str, parts: Iterable[Path | bytes]) -> None:
        """Raises OSError; what was there before stays then."""
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as joined:
            for part in parts:
                _append(part, joined)
            joined.seek(0)
            with _as_os_error():
                self._storage.save(name, File(joined, name=name))

    def read(self, name: str, start: int, end: int, chunk_bytes: int) -> Iterator[bytes]:
        """Bytes [start, end). Raises FileNotFoundError, BucketFailed."""
        if start >= end:
            return
        with _as_os_error():
            body = self._object(name).get(Range=f"bytes={start}-{end - 1}")["Body"]
            try:
                yield from body.iter_chunks(chunk_bytes)
            finally:
                body.close()

    def sizes(self, folder: str) -> dict[str, int]:
        with _as_os_error():
            return {found.key.removeprefix(self._prefix): found.size for found in self._below(folder)}

    def folders(self, folder: str) -> list[str]:
        """The names of the folders directly inside."""
        prefix = f"{self._prefix}{folder}/" if folder else self._prefix
        with _as_os_error():
            pages = self._storage.bucket.meta.client.get_paginator("list_objects_v2").paginate(
                Bucket=self._storage.bucket.name, Prefix=prefix, Delimiter="/"
            )
            found = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        return [name.removeprefix(prefix).rstrip("/") for name in found]

    def remove(self, name: str) -> None:
        with _as_os_error():
            self._storage.delete(name)

    def remove_folder(self, folder: str) -> None:
        with _as_os_error():
            self._below(folder).delete()

    def _object(self, name: str) -> Any:
        return self._storage.bucket.Object(f"{self._prefix}{name}")

    def _below(self, folder: str) -> Any:
        return self._storage.bucket.objects.filter(Prefix=f"{self._prefix}{folder}/")


def _append(part: Path | bytes, joined: IO[bytes]) -> None:
    if isinstance(part, bytes):
        joined.write(part)
        return
    with part.open("rb") as data:
        copyfileobj(data, joined)
