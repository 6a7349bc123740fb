"""Joins finished pieces into the segments of the plan, and refuses whatever differs from the plan.

Invariant: a segment leaves this module only when its first timestamp and its number of frames are those of the grid.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from apps.streaming.domain.grid import Segments
from apps.streaming.domain.mp4 import InitFacts, PieceFacts


class PlanBroken(ValueError):
    """A maker produced something else than was planned; publishing it would be seen or heard."""


@dataclass(frozen=True, slots=True)
class Joined:
    index: int
    pieces: tuple[str, ...]


class Assembler(Protocol):
    """Feed pieces in order with ``add``; each answers the segment that it completed, or None."""

    def add(self, name: str, init: InitFacts, piece: PieceFacts) -> Joined | None:
        """Raises PlanBroken when the piece is not where, or not as long as, the plan says."""


@dataclass(slots=True)
class PictureAssembler:
    """Joins the pieces between two grid points; pieces outside [first, last) are ignored."""

    segments: Segments
    first: int
    last: int
    tolerance_s: Fraction
    current: int | None = None
    frames: int = 0
    pieces: list[str] = field(default_factory=list)

    def add(self, name: str, init: InitFacts, piece: PieceFacts) -> Joined | None:
        opened = self._opened_by(Fraction(piece.decode_start + piece.first_offset - init.edit_start, init.timescale))
        if opened is not None:
            self._open(opened)
        if self.current is None:
            return None
        self.pieces.append(name)
        self.frames += piece.frames
        planned = self.segments.frames[self.current]
        if self.frames > planned:
            raise PlanBroken(f"Segment {self.current} has {self.frames} frames, planned were {planned}.")
        if self.frames < planned:
            return None
        joined = Joined(self.current, tuple(self.pieces))
        self.current, self.frames, self.pieces = None, 0, []
        return joined

    def _open(self, index: int) -> None:
        if self.current is not None:
            planned = self.segments.frames[self.current]
            raise PlanBroken(f"Segment {self.current} has only {self.frames} of {planned} frames.")
        self.current = index

    def _opened_by(self, start_s: Fraction) -> int | None:
        near = (index for index in range(self.first, self.last)
                if abs(self.segments.start_s(index) - start_s) <= self.tolerance_s)  # fmt: skip
        return next(near, None)


@dataclass(slots=True)
class SoundAssembler:
    """One pass over the track, one piece per segment; the last one takes a tail that the muxer cut off.

    Containers with millisecond clocks move a cut by one frame, so the cuts may differ from the plan by that much; but
    each piece must begin where the last one ended, and the pass as a whole must have every planned frame. A pass from
    the middle meets what another one made, so there each cut is where the plan says.
    Sound is planned by decode time: its edit list only hides the encoder's priming.
    """

    segments: Segments
    index: int = 0
    frames: int = 0
    ends_at: int = 0
    tail: list[str] = field(default_factory=list)
    is_exact: bool = False

    @classmethod
    def starting_at(cls, segments: Segments, index: int) -> "SoundAssembler":
        """For a pass whose first piece is segment ``index``, and whose clock is that of encoded sound."""
        return cls(segments, index, sum(segments.frames[:index]), segments.starts[index], is_exact=index > 0)

    def add(self, name: str, init: InitFacts, piece: PieceFacts) -> Joined | None:
        planned = sum(self.segments.frames)
        if self.index >= len(self.segments):
            raise PlanBroken(f"There is more sound than the {len(self.segments)} planned segments.")
        frame_s = Fraction(piece.ticks, piece.frames * init.timescale)
        late_s = abs(Fraction(piece.decode_start, init.timescale) - self.segments.start_s(self.index))
        if late_s > frame_s * 3 / 2 and not self.tail:
            raise PlanBroken(f"Segment {self.index} of the sound starts at the wrong time.")
        if self.frames and abs(piece.decode_start - self.ends_at) > frame_s * init.timescale / 2:
            raise PlanBroken(f"There is a hole or an overlap in the sound before segment {self.index}.")
        self.frames, self.ends_at = self.frames + piece.frames, piece.decode_start + piece.ticks
        if self.frames > planned:
            raise PlanBroken(f"The sound has {self.frames} frames, planned were {planned}.")
        self.tail.append(name)
        is_last = self.index == len(self.segments) - 1
        if self.is_exact and not is_last and piece.frames != self.segments.frames[self.index]:
            raise PlanBroken(f"Segment {self.index} of the sound has {piece.frames} frames.")
        if is_last and self.frames < planned:
            return None
        joined = Joined(self.index, tuple(self.tail))
        self.index, self.tail = self.index + 1, []
        return joined
