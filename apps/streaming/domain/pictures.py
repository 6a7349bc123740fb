"""Image subtitles for a player: which bitmap stands where, from when to when.

Invariant: a cue ends at the latest when the next picture comes, or when the track shows nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_PICTURES = 10_000  # shows of one track
MAX_PIXELS = 4096 * 2304  # of one bitmap
MAX_BYTES = 96 * 1024 * 1024  # of all bitmaps of one track
LONGEST_SHOW_S = 30.0  # the end of a picture that neither the packet nor a next one ends
JOINED_S = 0.05  # the same picture again after a pause this short never went away


@dataclass(frozen=True, slots=True, order=True)
class Picture:
    x: int
    y: int
    width: int
    height: int
    number: int  # of its file


@dataclass(frozen=True, slots=True)
class Show:
    """What a track shows from ``at_s`` on; no pictures: nothing. ``until_s`` is None when the packet does not say."""

    at_s: float
    until_s: float | None
    pictures: tuple[Picture, ...]


@dataclass(slots=True)
class PictureCue:
    start_s: float
    end_s: float
    picture: Picture


def cues_of(shows: Iterable[Show], *, duration_s: float) -> list[PictureCue]:
    """Cues in order of time; pictures that stay through several shows are one cue."""
    ordered = sorted(shows, key=lambda show: show.at_s)
    cues: list[PictureCue] = []
    latest: dict[Picture, PictureCue] = {}
    for show, following in zip(ordered, [*ordered[1:], None], strict=True):
        end_s = min(_own_end(show), following.at_s if following else duration_s, duration_s)
        start_s = max(0.0, show.at_s)
        for picture in show.pictures if end_s > start_s else ():
            before = latest.get(picture)
            if before is not None and start_s <= before.end_s + JOINED_S:
                before.end_s = max(before.end_s, end_s)
                continue
            latest[picture] = PictureCue(start_s, end_s, picture)
            cues.append(latest[picture])
    return cues


def _own_end(show: Show) -> float:
    return show.at_s + LONGEST_SHOW_S if show.until_s is None else show.until_s


def picture_name(number: int) -> str:
    return f"{number:05d}.png"


def index_json(track: str, canvas: tuple[int, int], cues: Sequence[PictureCue]) -> dict[str, Any]:
    """What the player reads: addresses are relative to the JSON, positions are pixels of the canvas."""
    return {
        "width": canvas[0],
        "height": canvas[1],
        "cues": [
            {
                "start": round(cue.start_s, 3),
                "end": round(cue.end_s, 3),
                "x": cue.picture.x,
                "y": cue.picture.y,
                "w": cue.picture.width,
                "h": cue.picture.height,
                "url": f"{track}/{picture_name(cue.picture.number)}",
            }
            for cue in cues
        ],
    }
