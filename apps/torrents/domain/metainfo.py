"""What a .torrent file says, judged before libtorrent ever sees it.

Invariant: a ``Metainfo`` is consistent in itself: sizes are positive, piece hashes cover the bytes exactly, names are
display text only and never reach the disk.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.common.errors import Invalid, TooLarge
from apps.torrents.domain import bencode
from apps.torrents.domain.bencode import Value
from apps.torrents.domain.sources import TorrentFile, clean_trackers, display_name

MAX_FILES = 2_000
MAX_PIECE_BYTES = 256 << 20
MAX_SIZE = 1 << 46  # 64 TiB: no film is larger, and sums still fit a database integer
SHA1_BYTES = 20


@dataclass(frozen=True, slots=True)
class Metainfo:
    v1_hash: str | None  # hex, 40 characters
    v2_hash: str | None  # hex, 64 characters
    name: str
    files: tuple[TorrentFile, ...]
    trackers: tuple[str, ...]
    piece_bytes: int

    @property
    def bytes_total(self) -> int:
        return sum(file.size for file in self.files)


def parse_metainfo(data: bytes) -> Metainfo:
    """Raises TooLarge past 1 MiB or 2,000 files, Invalid when it is not a torrent that can be used."""
    if len(data) > bencode.MAX_BYTES:
        raise TooLarge("The torrent file is larger than 1 MiB, the limit. Look for one with larger pieces.")
    try:
        outer, raw = bencode.decode(data)
    except bencode.TooManyTokens as error:
        raise _too_many_files() from error
    except bencode.BadBencode as error:
        raise Invalid(f"This is not a torrent file: {error}.", code="bad_torrent") from error
    info = outer.get(b"info")
    if not isinstance(info, dict):
        raise _broken("its description of files is missing")
    is_v2 = info.get(b"meta version") == 2
    is_v1 = b"pieces" in info
    name = display_name(_texts(info, b"name"))
    piece_bytes = _whole_number(info.get(b"piece length"), "its piece length")
    if not 0 < piece_bytes <= MAX_PIECE_BYTES:
        raise _broken("its piece length is impossible")
    files = tuple(_v1_files(info, name) if is_v1 else _v2_files(info))
    if len(files) > MAX_FILES:
        raise _too_many_files()
    if is_v1:
        _check_hashes(info, sum(file.size for file in files), piece_bytes)
    return Metainfo(
        v1_hash=hashlib.sha1(raw[b"info"], usedforsecurity=False).hexdigest() if is_v1 else None,
        v2_hash=hashlib.sha256(raw[b"info"]).hexdigest() if is_v2 else None,
        name=name,
        files=files,
        trackers=clean_trackers(_announced(outer)),
        piece_bytes=piece_bytes,
    )


def single_file_torrent(*, name: str, size: int, piece_bytes: int, hashes: bytes, trackers: Sequence[str]) -> bytes:
    """A version 1 .torrent for one file; ``hashes`` are the SHA-1 sums of its pieces, joined."""
    outer: dict[bytes, Value] = {
        b"created by": b"Matinee",
        b"info": {b"length": size, b"name": name.encode(), b"piece length": piece_bytes, b"pieces": hashes},
    }
    if trackers:
        outer[b"announce"] = trackers[0].encode()
        outer[b"announce-list"] = [[tracker.encode()] for tracker in trackers]
    return bencode.encode(outer)


def _broken(what: str) -> Invalid:
    return Invalid(f"The torrent file is damaged: {what}.", code="bad_torrent")


def _too_many_files() -> TooLarge:
    return TooLarge(f"The torrent lists more than {MAX_FILES:,} files, the limit.")


def _whole_number(value: Value | None, what: str) -> int:
    if not isinstance(value, int) or not 0 <= value <= MAX_SIZE:
        raise _broken(f"{what} is not a size")
    return value


def _texts(entry: dict[bytes, Value], key: bytes) -> bytes:
    for candidate in (entry.get(key + b".utf-8"), entry.get(key)):
        if isinstance(candidate, bytes):
            return candidate
    return b""


def _v1_files(info: dict[bytes, Value], name: str) -> Iterator[TorrentFile]:
    listed = info.get(b"files")
    if listed is None:
        yield TorrentFile(0, (name,), _whole_number(info.get(b"length"), "its length"))
        return
    if not isinstance(listed, list) or not listed:
        raise _broken("its list of files is empty")
    for index, entry in enumerate(listed):
        if not isinstance(entry, dict):
            raise _broken("its list of files is malformed")
        is_padding = b"p" in _texts(entry, b"attr")
        size = _whole_number(entry.get(b"length"), "a file's length")
        yield TorrentFile(index, _path(entry), size, is_padding=is_padding)


def _path(entry: dict[bytes, Value]) -> tuple[str, ...]:
    parts = entry.get(b"path.utf-8") or entry.get(b"path")
    if not isinstance(parts, list) or not parts:
        raise _broken("a file has no name")
    return tuple(display_name(part) for part in parts if isinstance(part, bytes))


def _v2_files(info: dict[bytes, Value]) -> Iterator[TorrentFile]:
    tree = info.get(b"file tree")
    if not isinstance(tree, dict) or not tree:
        raise _broken("its list of files is empty")
    for index, (path, leaf) in enumerate(_leaves(tree, ())):
        yield TorrentFile(index, path, _whole_number(leaf.get(b"length"), "a file's length"))


def _leaves(tree: dict[bytes, Value], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[bytes, Value]]]:
    for key, branch in sorted(tree.items()):
        if not isinstance(branch, dict):
            raise _broken("its list of files is malformed")
        if key == b"":
            yield above, branch
        else:
            yield from _leaves(branch, (*above, display_name(key)))


def _check_hashes(info: dict[bytes, Value], bytes_total: int, piece_bytes: int) -> None:
    hashes = info[b"pieces"]
    if bytes_total == 0:
        raise _broken("it holds no bytes")
    if not isinstance(hashes, bytes) or len(hashes) != -(-bytes_total // piece_bytes) * SHA1_BYTES:
        raise _broken("its checksums do not fit its size")


def _announced(outer: dict[bytes, Value]) -> Iterator[bytes]:
    announce = outer.get(b"announce")
    if isinstance(announce, bytes):
        yield announce
    tiers = outer.get(b"announce-list")
    for tier in tiers if isinstance(tiers, list) else []:
        yield from (url for url in (tier if isinstance(tier, list) else []) if isinstance(url, bytes))
