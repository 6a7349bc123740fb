"""What a player is told before it opens the master playlist. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AudioChoice:
    lang: str
    name: str
    default: bool
    channels: int
    codec: str  # RFC 6381


class SubtitleKind(StrEnum):
    TEXT = "text"  # WebVTT
    IMAGE = "image"  # JSON that names bitmaps


@dataclass(frozen=True, slots=True)
class SubtitleChoice:
    id: UUID
    lang: str
    name: str
    kind: SubtitleKind
    url: str
    forced: bool = False
    default: bool = False
    uploaded: bool = False
    mine: bool = False  # this viewer added it
    offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Trickplay:
    url: str


@dataclass(frozen=True, slots=True)
class RenditionChoice:
    name: str
    width: int
    height: int
    kbps: int
    codec: str
    ready: bool  # where the film is opened it is there, or made first: a player does well to begin with it


@dataclass(frozen=True, slots=True)
class Playback:
    asset_id: UUID
    master_url: str  # for players that move on to the links of each new answer
    lasting_url: str  # for players that cannot: the same film, asked about at every file
    expires_at: int  # seconds since 1970
    duration_s: float
    reasons: tuple[str, ...]
    audio: tuple[AudioChoice, ...]
    subtitles: tuple[SubtitleChoice, ...]
    renditions: tuple[RenditionChoice, ...]
    trickplay: Trickplay | None
    chapters: tuple[Mapping[str, Any], ...]
    marks: tuple[Mapping[str, Any], ...]
    leaves_at: datetime | None


@dataclass(frozen=True, slots=True)
class RungProgress:
    name: str
    share: float  # 0..1, of its segments
    speed: float | None  # seconds of film per second; None while nothing moves
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class AssetStatus:
    state: str
    progress: float
    playable: bool
    reason: str | None
    stage: str | None
    rungs: tuple[RungProgress, ...]
    duration_s: float | None
    epoch: int
    eta_s: float | None = None  # until what is being made now is whole; None while nobody knows
