"""The rungs of the ladder: which of them a source is worth, and how large each one is.

Invariant: no rung is larger than the source, and none costs nearly as much as the one above it.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from apps.streaming.domain.source import VideoFacts

LADDER_STEP = 0.8  # a rung within 80 % of the next one's bitrate is not worth its disk
HEAVY_KBPS = 8_000  # a copy above this gets a 1080 rung beside it
DETAIL_EXPONENT = 0.75  # bits grow slower than pixels; published ladders lie near this power
WIDE = Fraction(16, 9)


@dataclass(frozen=True, slots=True)
class Rung:
    name: str
    height: int
    crf: int
    max_kbps: int
    priority: int
    on_demand: bool = False


RUNGS = (
    Rung("v1080", 1080, 22, 5_000, 3),
    Rung("v720", 720, 22, 2_800, 3),
    Rung("v480", 480, 23, 1_200, 3),
    Rung("v240", 240, 25, 350, 4, on_demand=True),
    Rung("v144", 144, 27, 100, 4, on_demand=True),
)
LIGHT_RUNGS = frozenset(rung.name for rung in RUNGS if rung.on_demand)  # for lines that carry no more: with light sound
SURE_RUNG = "v480"  # also for sources that are smaller than that: what cannot be copied needs one rung


def rungs_for(video: VideoFacts, kbps: float, *, has_copy: bool) -> list[Rung]:
    """The rungs worth making, best first. ``has_copy``: the source itself is what every browser gets at the top."""
    size = display_size(video)
    above_kbps = kbps if has_copy else float("inf")
    chosen = []
    for rung in RUNGS:
        needed_kbps = expected_kbps(size, rung, kbps)
        is_lighter = needed_kbps <= above_kbps * LADDER_STEP
        is_sure = rung.name == SURE_RUNG and not has_copy
        if is_sure or (is_lighter and _fits(rung, size, kbps, has_copy=has_copy)):
            chosen.append(rung)
            above_kbps = needed_kbps
    return chosen


def _fits(rung: Rung, size: tuple[int, int], kbps: float, *, has_copy: bool) -> bool:
    if rung == RUNGS[0] and has_copy and kbps <= HEAVY_KBPS:
        return False
    return rung.name == SURE_RUNG or _picture_class(size) >= rung.height * LADDER_STEP


def _picture_class(size: tuple[int, int]) -> Fraction:
    """The height of the 16:9 picture that this one belongs to: 1920x800 is a 1080 picture, and so is 1080x1920."""
    short, long = sorted(size)
    return max(Fraction(short), long / WIDE)


def expected_kbps(size: tuple[int, int], rung: Rung, kbps: float) -> float:
    """What a rung of a source of ``kbps`` will need: the cap, or the source's own rate for that many pixels."""
    width, height = rung_size(size, rung.height)
    share = width * height / (size[0] * size[1])
    return min(float(rung.max_kbps), kbps * math.pow(share, DETAIL_EXPONENT))


def display_size(video: VideoFacts) -> tuple[int, int]:
    """Width and height as shown: pixel shape and rotation applied."""
    across, down = (int(part) for part in video.pixel_aspect.split(":"))
    width = round(video.width * across / down) if across and down else video.width
    return (video.height, width) if video.rotation % 180 else (width, video.height)


def rung_size(size: tuple[int, int], height: int) -> tuple[int, int]:
    """The source's shape inside the 16:9 box of ``height`` (turned for portrait), never larger, even numbers."""
    short, long = sorted(size)
    scale = min(Fraction(1), Fraction(height, short), height * WIDE / long)
    width, tall = (max(2, min(round(side * scale / 2), side // 2) * 2) for side in size)
    return width, tall
