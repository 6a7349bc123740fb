"""The segment grid of a film: one list of boundary times that every video rendition shares.

Invariant: times are whole ticks, zero is the first frame, so two makers of one segment cannot disagree by rounding.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from apps.streaming.domain.source import PacketTimes, SoundTimes

SEGMENT_S = 4
LONGEST_GOP_S = 10  # longer segments make seeking and switching slow
UNIT_S = 60


class GridKind(StrEnum):
    KEYFRAMES = "keyframes"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Segments:
    """Consecutive segments: ``starts[i]`` and ``end`` in ticks of 1/``timescale`` s, ``frames[i]`` samples each."""

    timescale: int
    starts: tuple[int, ...]
    end: int
    frames: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.starts)

    def start_s(self, index: int) -> Fraction:
        return Fraction(self.end if index == len(self.starts) else self.starts[index], self.timescale)

    def duration_s(self, index: int) -> Fraction:
        return self.start_s(index + 1) - self.start_s(index)

    def overlapping(self, start_s: Fraction, end_s: Fraction) -> range:
        """The segments that show something of [start_s, end_s), found without a look at all of them."""
        first = max(0, bisect_right(self.starts, start_s * self.timescale) - 1)
        is_over = start_s * self.timescale >= self.end
        return range(len(self) if is_over else first, bisect_left(self.starts, end_s * self.timescale))

    @property
    def total_s(self) -> Fraction:
        return Fraction(self.end - self.starts[0], self.timescale)

    def to_json(self) -> dict[str, Any]:
        return {"timescale": self.timescale, "starts": self.starts, "end": self.end, "frames": self.frames}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Segments":
        return cls(data["timescale"], tuple(data["starts"]), data["end"], tuple(data["frames"]))


def longest_gop_s(times: PacketTimes, time_base: Fraction) -> Fraction:
    """The longest distance between two keyframes, or from the last one to the end."""
    pts = sorted(times.video_pts[position] for position in times.keyframes)
    if not pts:
        return Fraction(LONGEST_GOP_S + 1)
    ends = [*pts[1:], max(times.video_pts) + times.last_duration]
    return max(end - start for start, end in zip(pts, ends, strict=True)) * time_base


def duration_of(times: PacketTimes, time_base: Fraction) -> Fraction:
    return (max(times.video_pts) + times.last_duration - min(times.video_pts)) * time_base


def is_constant_rate(times: PacketTimes, time_base: Fraction, fps: Fraction) -> bool:
    """Whether 99 of 100 frames follow each other at ``fps``; containers with millisecond clocks round by one."""
    pts = sorted(times.video_pts)
    tolerance = max(Fraction(3, 2000), time_base, 1 / fps / 10)
    odd = sum(abs((after - before) * time_base - 1 / fps) > tolerance for before, after in itertools.pairwise(pts))
    return odd * 100 <= len(pts)


def keyframe_boundaries(times: PacketTimes, time_base: Fraction) -> list[int]:
    """Positions (in decode order) of the keyframes that open a segment: greedy merge to >= SEGMENT_S."""
    chosen = [times.keyframes[0]]
    for position in times.keyframes[1:]:
        if (times.video_pts[position] - times.video_pts[chosen[-1]]) * time_base >= SEGMENT_S:
            chosen.append(position)
    return chosen


def keyframe_grid(times: PacketTimes, time_base: Fraction) -> tuple[Segments, Segments]:
    """The grid locked to the source's keyframes, as (coded, presented) segments.

    They differ in ``frames`` only: an open GOP carries pictures that are shown before its keyframe, so the untouched
    source counts packets between keyframes while a re-encode counts pictures shown between two boundaries.
    """
    opening = keyframe_boundaries(times, time_base)
    zero = min(times.video_pts)
    boundaries = [times.video_pts[position] for position in opening]
    ordered = sorted(times.video_pts)
    end = ordered[-1] + times.last_duration
    coded = [after - before for before, after in zip(opening, [*opening[1:], len(times.video_pts)], strict=True)]
    cuts = [bisect_left(ordered, boundary) for boundary in boundaries] + [len(ordered)]
    cuts[0] = 0
    presented = [after - before for before, after in itertools.pairwise(cuts)]
    ticks = tuple((boundary - zero) * time_base.numerator for boundary in boundaries)
    last = (end - zero) * time_base.numerator
    return (
        Segments(time_base.denominator, ticks, last, tuple(coded)),
        Segments(time_base.denominator, ticks, last, tuple(presented)),
    )


def fixed_grid(duration_s: Fraction, fps: Fraction) -> Segments:
    """Segments of round(4 x fps) frames; the last one is shorter. Every frame lies on a multiple of 1/fps."""
    per_segment = round(SEGMENT_S * fps)
    total = max(1, round(duration_s * fps))
    counts = [per_segment] * (total // per_segment) + ([total % per_segment] if total % per_segment else [])
    starts = tuple(index * per_segment * fps.denominator for index in range(len(counts)))
    return Segments(fps.numerator, starts, total * fps.denominator, tuple(counts))


def encoded_audio_grid(duration_s: Fraction, sample_rate: int) -> Segments:
    """Where ffmpeg's HLS muxer cuts AAC that starts one frame of priming before zero."""
    frames = -(-int(duration_s * sample_rate) // AAC_FRAME) + 1
    return _cut_audio([index * AAC_FRAME - AAC_FRAME for index in range(frames)], AAC_FRAME, Fraction(1, sample_rate))


def sound_start(first: int) -> int:
    """The segment with which a run of encoded sound has to begin, so that it makes ``first`` as a run of the whole
    track would.

    ffmpeg's cuts repeat every two segments, which are a whole number of AAC frames; and what decoder and encoder give
    out first is not the sound yet, so at least one segment is made to be thrown away.
    """
    return max(0, (first - 1) // 2 * 2)


def copied_audio_grid(times: SoundTimes, time_base: Fraction) -> Segments:
    return _cut_audio(times.pts, times.last_duration, time_base)


AAC_FRAME = 1024
TAIL_S = Fraction(1, 4)


def _cut_audio(pts: Sequence[int], last_duration: int, time_base: Fraction) -> Segments:
    # The muxer cuts at the first packet at or after start + n x SEGMENT_S, so cuts do not drift apart from the video.
    # A tail of a few frames is no segment of its own: rounding decides whether the muxer cuts it off.
    cuts = [0]
    last_cut = pts[-1] + last_duration - TAIL_S / time_base
    for position, value in enumerate(pts):
        if position and value <= last_cut and (value - pts[0]) * time_base >= SEGMENT_S * len(cuts):
            cuts.append(position)
    starts = tuple((pts[position] - pts[0]) * time_base.numerator for position in cuts)
    frames = tuple(after - before for before, after in zip(cuts, [*cuts[1:], len(pts)], strict=True))
    end = (pts[-1] + last_duration - pts[0]) * time_base.numerator
    return Segments(time_base.denominator, starts, end, frames)


def whole(duration_s: Fraction) -> Segments:
    """The grid of a track that is one file."""
    return Segments(1000, (0,), max(1, round(duration_s * 1000)), (1,))


def choose_units(segments: Segments) -> list[tuple[int, int]]:
    """Half-open ranges of about UNIT_S seconds each; losing a worker loses at most the unpublished part of one."""
    units: list[tuple[int, int]] = []
    first = 0
    for index in range(len(segments)):
        is_last = index + 1 == len(segments)
        if is_last or segments.start_s(index + 1) - segments.start_s(first) >= UNIT_S:
            units.append((first, index + 1))
            first = index + 1
    return units


STANDARD_RATES = (
    Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50),
    Fraction(60000, 1001), Fraction(60),
)  # fmt: skip
MAX_OUTPUT_FPS = 60
MEASURED_TOLERANCE = Fraction(1, 200)
JITTER_TOLERANCE = Fraction(1, 40)  # one tick of a millisecond clock is 2.4 % of a step at 24 fps


def nearest_rate(fps: Fraction, tolerance: Fraction = MEASURED_TOLERANCE) -> Fraction:
    """The standard rate that a measured one stands for, at most 60."""
    near = min(STANDARD_RATES, key=lambda rate: abs(rate - fps))
    if abs(near - fps) / fps < tolerance or fps > MAX_OUTPUT_FPS:
        return near
    return Fraction(fps).limit_denominator(1001)


def steady_rate(times: PacketTimes, time_base: Fraction, fps: Fraction) -> Fraction:
    """The rate of a fixed grid: the film's own, or that of the quicker part of a film whose rate varies.

    The average of a varying rate would drop pictures where the film moves and repeat them where it stands.
    """
    if is_constant_rate(times, time_base, fps):
        return nearest_rate(fps)
    pts = sorted(set(times.video_pts))
    steps = sorted(after - before for before, after in itertools.pairwise(pts))
    if not steps:
        return nearest_rate(fps)
    quick = 1 / (steps[len(steps) // 4] * time_base)
    return nearest_rate(max(fps, quick), JITTER_TOLERANCE)
