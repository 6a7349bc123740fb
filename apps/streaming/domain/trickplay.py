"""The small pictures over the seek bar: how many, how large, on which sheet, and the WebVTT that names them.

Invariant: the size of everything follows from length and shape alone, so a film cannot ask for more than its share.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from apps.streaming.domain.cues import clock
from apps.streaming.domain.rungs import display_size
from apps.streaming.domain.source import VideoFacts

NAME = "trickplay"
LONG_SIDE = 160
SHORT_SIDE_MIN = 16
COLUMNS, ROWS = 10, 10
PER_SHEET = COLUMNS * ROWS
INTERVAL_S = 10
FEWEST = 20  # a short film gets a picture more often than every INTERVAL_S
MOST = 10_000  # one hundred sheets, 27 hours
JPEG_QUALITY = 70

PQ, HLG = 16, 18  # transfer characteristics of ITU-T H.273
SDR_WHITE_NITS = 203  # reference white of ITU-R BT.2408
HLG_PEAK_NITS = 1_000


@dataclass(frozen=True, slots=True)
class Layout:
    width: int
    height: int
    interval_s: float
    count: int
    turn: int  # degrees counter-clockwise by which the stored picture is turned to be upright
    transfer: int

    @property
    def sheets(self) -> int:
        return math.ceil(self.count / PER_SHEET)

    def place(self, index: int) -> tuple[int, int, int]:
        """Sheet, x and y of one picture."""
        sheet, rest = divmod(index, PER_SHEET)
        return sheet, rest % COLUMNS * self.width, rest // COLUMNS * self.height

    def sheet_size(self, sheet: int) -> tuple[int, int]:
        """Only the last one is smaller."""
        held = min(PER_SHEET, self.count - sheet * PER_SHEET)
        return min(held, COLUMNS) * self.width, math.ceil(held / COLUMNS) * self.height


def choose_layout(video: VideoFacts, duration_s: float) -> Layout:
    """Pictures of LONG_SIDE pixels in the shape that people see: pixel aspect and rotation applied."""
    width, height = display_size(video)
    scale = Fraction(LONG_SIDE, max(width, height))
    interval_s = min(float(INTERVAL_S), max(1.0, duration_s / FEWEST))
    interval_s = max(interval_s, duration_s / MOST)
    return Layout(
        width=max(SHORT_SIDE_MIN, round(width * scale / 2) * 2),
        height=max(SHORT_SIDE_MIN, round(height * scale / 2) * 2),
        interval_s=interval_s,
        count=max(1, math.ceil(round(duration_s / interval_s, 3))),
        turn=video.rotation,
        transfer=video.transfer,
    )


def sheet_name(sheet: int) -> str:
    return f"t{sheet:02d}.jpg"


def trickplay_vtt(layout: Layout, duration_s: float) -> str:
    """One cue for each picture; addresses are relative to the VTT."""
    blocks = []
    for index in range(layout.count):
        sheet, x, y = layout.place(index)
        start_ms = round(index * layout.interval_s * 1000)
        end_ms = round(min(duration_s, (index + 1) * layout.interval_s) * 1000)
        area = f"{NAME}/{sheet_name(sheet)}#xywh={x},{y},{layout.width},{layout.height}"
        blocks.append(f"{clock(start_ms)} --> {clock(end_ms)}\n{area}\n")
    return "\n".join(["WEBVTT\n", *blocks])


def tone_curve(transfer: int) -> list[int] | None:
    """What each 8-bit value of an HDR picture becomes on an SDR screen; None for SDR.

    Good enough for a thumbnail: light is decoded (SMPTE ST 2084 or ARIB STD-B67), rolled off, and encoded again.
    """
    decoders = {PQ: _pq_nits, HLG: _hlg_nits}
    if transfer not in decoders:
        return None
    return [_sdr_value(decoders[transfer](value / 255)) for value in range(256)]


def _pq_nits(value: float) -> float:
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = value ** (1 / m2)
    return float(10_000 * (max(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1))


def _hlg_nits(value: float) -> float:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light = value * value / 3 if value <= 0.5 else (math.exp((value - c) / a) + b) / 12
    return float(HLG_PEAK_NITS * light**1.2)


def _sdr_value(nits: float) -> int:
    light = nits / SDR_WHITE_NITS
    rolled = light * (1 + light / 16) / (1 + light)  # Reinhard, white at four times the reference
    return round(255 * float(min(1.0, rolled) ** (1 / 2.2)))
