"""What a title is, as values: kinds, availability, facts from a metadata provider, and the colour of a name."""

import colorsys
import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum

from apps.catalog.domain.normalise import normalise

NAME_MAX = 300
OVERVIEW_MAX = 5_000
YEAR_MIN, YEAR_MAX = 1870, 2100  # the first moving pictures; announced films
RUNTIME_MAX_MIN = 6_000  # the longest film ever shown ran 857 hours, the longest sensible one is far below this

TMDB_IMAGE_PATH = re.compile(r"/[A-Za-z0-9]{10,64}\.(?:jpg|jpeg|png|webp)")


class Kind(StrEnum):
    MOVIE = "movie"


class ProviderName(StrEnum):
    MANUAL = "manual"
    TMDB = "tmdb"


class Availability(StrEnum):
    """What a person can do with a title now; kept by the request that fetches it."""

    NONE = "none"
    REQUESTED = "requested"
    DOWNLOADING = "downloading"
    PLAYABLE = "playable"
    READY = "ready"


class ProviderState(StrEnum):
    OK = "ok"
    UNAVAILABLE = "unavailable"
    OFF = "off"


class ArtworkKind(StrEnum):
    POSTER = "poster"
    BACKDROP = "backdrop"


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """A film as a metadata provider describes it, already bounded: safe to store and show as text."""

    provider_id: str
    name: str
    original_name: str = ""
    year: int | None = None
    overview: str = ""
    runtime_min: int | None = None
    genres: list[str] = field(default_factory=list)
    poster_path: str = ""
    backdrop_path: str = ""
    popularity: float = 0.0


def is_image_path(path: str) -> bool:
    """Whether ``path`` is a bare TMDb image path; anything else (SVG, dots, hosts) is never fetched."""
    return TMDB_IMAGE_PATH.fullmatch(path) is not None


def manual_id(name: str, year: int | None) -> str:
    """The identity of a title typed by hand: the same words and year are the same film."""
    words = normalise(name) or name.strip()
    return hashlib.sha256(f"{words}|{year or ''}".encode()).hexdigest()[:32]


def color_of(name: str) -> str:
    """A calm colour that belongs to ``name`` for ever, dark enough for white text."""
    digest = hashlib.sha256(name.casefold().encode()).digest()
    hue = int.from_bytes(digest[:2], "big") / 65_536
    lightness = 0.26 + digest[2] / 255 * 0.08
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.42)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def generated_key(name: str, year: int | None) -> str:
    """Key of the poster that is drawn from the name when a title has no artwork."""
    return "g" + hashlib.sha256(f"poster-1|{name}|{year or ''}".encode()).hexdigest()[:31]
