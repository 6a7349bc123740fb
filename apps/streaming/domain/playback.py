"""What a player is told before it opens the master playlist. Values only."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AudioChoice:
    lang: str
    name: str
    default: bool


@dataclass(frozen=True, slots=True)
class SubtitleChoice:
    lang: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class RenditionChoice:
    name: str
    width: int
    height: int
    kbps: int
    codec: str


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


@dataclass(frozen=True, slots=True)
class AssetStatus:
    state: str
    progress: float
    playable: bool
    reason: str | None
    stage: str | None
    rungs: dict[str, float]
    duration_s: float | None
