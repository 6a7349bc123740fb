"""What people bring: magnets and file lists. Decides what is kept of a magnet and which file is the film.

Invariant: nothing of a magnet survives but hashes, trackers and web seeds; peers named in it are never contacted.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, quote, urlsplit

from apps.common.errors import Invalid

MAX_MAGNET_CHARS = 8_192
MAX_TRACKERS = 20
MAX_WEB_SEEDS = 5
MAX_URL_CHARS = 400
MAX_NAME_CHARS = 200
MULTIHASH_SHA256 = "1220"  # the prefix of a version 2 info-hash: SHA-256, 32 bytes


def _suffixes(names: str) -> frozenset[str]:
    return frozenset(f".{name}" for name in names.split())


VIDEO_SUFFIXES = _suffixes("mkv mp4 m4v mov avi webm ts m2ts mts mpg mpeg wmv flv ogv ogm 3gp vob divx asf")
ARCHIVE_SUFFIXES = _suffixes("rar zip 7z tar gz bz2 xz zst tgz iso img r00 001")
PROGRAM_SUFFIXES = _suffixes("exe msi bat cmd com scr lnk ps1 vbs js jar apk dmg pkg deb rpm appimage sh run")
EXTRAS_FOLDER = re.compile(
    r"(samples?|extras?|bonus|featurettes?|trailers?|interviews?|behind.the.scenes|deleted.scenes|shorts)",
    re.IGNORECASE,
)
EXTRAS_NAME = re.compile(r"(^|[\W_])(samples?|trailer|featurette|bonus|extras?|rarbg\.com)([\W_]|$)", re.IGNORECASE)
# A file whose name says "sample" but which is this many times the next video is a film with that word in its title.
TITLE_NOT_SAMPLE = 4


@dataclass(frozen=True, slots=True)
class TorrentFile:
    index: int
    path: tuple[str, ...]  # display text
    size: int
    is_padding: bool = False

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path[-1]).suffix.lower() if self.path else ""


@dataclass(frozen=True, slots=True)
class Magnet:
    v1_hash: str | None
    v2_hash: str | None
    trackers: tuple[str, ...]
    web_seeds: tuple[str, ...]

    @property
    def uri(self) -> str:
        """The magnet rebuilt from what is kept, without trackers: those are stored beside it."""
        topics = [f"xt=urn:btih:{self.v1_hash}"] if self.v1_hash else []
        topics += [f"xt=urn:btmh:{MULTIHASH_SHA256}{self.v2_hash}"] if self.v2_hash else []
        return "magnet:?" + "&".join(topics + [f"ws={quote(seed, safe='')}" for seed in self.web_seeds])


def parse_magnet(text: str) -> Magnet:
    """Raises Invalid with a sentence that says what is wrong with it."""
    text = text.strip()
    if len(text) > MAX_MAGNET_CHARS:
        raise Invalid("The magnet link is too long.", code="bad_magnet")
    if not text.lower().startswith("magnet:?"):
        raise Invalid('A magnet link starts with "magnet:?".', code="bad_magnet")
    fields = parse_qsl(text[len("magnet:?") :], errors="replace")
    topics = [value for key, value in fields if key.lower().split(".")[0] == "xt"]
    v1_hash = next((found for topic in topics if (found := _v1_hash(topic))), None)
    v2_hash = next((found for topic in topics if (found := _v2_hash(topic))), None)
    if not v1_hash and not v2_hash:
        raise Invalid("The magnet link names no torrent: its info-hash is missing or malformed.", code="bad_magnet")
    trackers = (value for key, value in fields if key.lower().split(".")[0] == "tr")
    web_seeds = [value for key, value in fields if key.lower() == "ws" and _is_url(value, {"http", "https"})]
    return Magnet(
        v1_hash,
        v2_hash,
        clean_trackers(tracker.encode("ascii", errors="ignore") for tracker in trackers),
        tuple(web_seeds[:MAX_WEB_SEEDS]),
    )


def _v1_hash(topic: str) -> str | None:
    value = topic[len("urn:btih:") :] if topic.lower().startswith("urn:btih:") else ""
    if re.fullmatch(r"[0-9a-fA-F]{40}", value):
        return value.lower()
    if re.fullmatch(r"[A-Za-z2-7]{32}", value):
        return base64.b32decode(value.upper()).hex()
    return None


def _v2_hash(topic: str) -> str | None:
    value = topic[len("urn:btmh:") :].lower() if topic.lower().startswith("urn:btmh:") else ""
    return value[4:] if re.fullmatch(MULTIHASH_SHA256 + r"[0-9a-f]{64}", value) else None


def clean_trackers(urls: Iterable[bytes]) -> tuple[str, ...]:
    """Tracker addresses worth asking, without doubles, in order. Which hosts may be asked is the engine's filter."""
    texts = dict.fromkeys(url.decode("ascii", errors="ignore").strip() for url in urls)
    return tuple(text for text in texts if _is_url(text, {"http", "https", "udp"}))[:MAX_TRACKERS]


def _is_url(text: str, schemes: set[str]) -> bool:
    if len(text) > MAX_URL_CHARS or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def display_name(raw: bytes) -> str:
    """Text for people: controls and separators are replaced, the length is bounded."""
    text = raw.decode("utf-8", errors="replace")
    clean = "".join(char if char.isprintable() and char not in "/\\" else "_" for char in text).strip()
    return clean[:MAX_NAME_CHARS] or "unnamed"


def choose_video(files: Iterable[TorrentFile]) -> TorrentFile:
    """The film among the files: the largest video that is neither a sample nor an extra.

    Raises Invalid with the reason when there is none.
    """
    present = [file for file in files if file.size > 0 and not file.is_padding]
    videos = sorted(
        (file for file in present if file.suffix in VIDEO_SUFFIXES), key=lambda file: file.size, reverse=True
    )
    if not videos:
        raise Invalid(_why_no_video(present), code="no_video")
    if len(videos) == 1 and not _is_in_extras_folder(videos[0]):
        return videos[0]
    films = [file for file in videos if not _is_extra(file)]
    if not films:
        raise Invalid("The torrent holds only samples or extras, no film.", code="no_video")
    titled = next(file for file in videos if not _is_in_extras_folder(file))
    return titled if titled.size >= TITLE_NOT_SAMPLE * films[0].size else films[0]


def _is_extra(file: TorrentFile) -> bool:
    return _is_in_extras_folder(file) or bool(EXTRAS_NAME.search(file.path[-1]))


def _is_in_extras_folder(file: TorrentFile) -> bool:
    return any(EXTRAS_FOLDER.fullmatch(part) for part in file.path[:-1])


def _why_no_video(files: list[TorrentFile]) -> str:
    suffixes = {file.suffix for file in files}
    if any(suffix in ARCHIVE_SUFFIXES or re.fullmatch(r"\.r\d\d", suffix) for suffix in suffixes):
        return "The torrent holds archives instead of a video. Archives are not unpacked; choose another release."
    if suffixes & PROGRAM_SUFFIXES:
        return "The torrent holds a program instead of a video. It was refused; do not run it."
    return "The torrent holds no video file."
