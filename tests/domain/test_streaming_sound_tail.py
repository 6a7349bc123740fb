"""A film whose length is a whole number of segments: whether a last frame of sound stands alone is up to rounding."""

from fractions import Fraction

import pytest

from apps.streaming.domain.assembly import PlanBroken, SoundAssembler
from apps.streaming.domain.grid import Segments, copied_audio_grid
from apps.streaming.domain.mp4 import InitFacts, PieceFacts
from tests.domain.streaming_samples import times

CLOCK = 48_000
FRAME = 1024
SEGMENTS = copied_audio_grid(times(seconds=12).sounds[1], Fraction(1, CLOCK))
INIT = InitFacts(timescale=CLOCK, edit_start=0, codec="mp4a.40.2")


def pieces_of(segments: Segments, *, tail: int) -> list[PieceFacts]:
    """One piece per segment, the last ``tail`` frames in a piece of their own."""
    counts = [*segments.frames[:-1], segments.frames[-1] - tail, *([tail] if tail else [])]
    found, start = [], 0
    for count in counts:
        found.append(PieceFacts(decode_start=start, first_offset=0, frames=count, ticks=count * FRAME))
        start += count * FRAME
    return found


def test_a_tail_of_one_frame_is_not_planned_as_a_segment() -> None:
    assert len(SEGMENTS) == 3
    assert sum(SEGMENTS.frames) == 12 * CLOCK // FRAME + 1


@pytest.mark.parametrize("tail", [0, 1, 2])
def test_a_tail_that_the_muxer_cut_off_joins_the_last_segment(tail: int) -> None:
    assembler = SoundAssembler(SEGMENTS)
    answers = [assembler.add(f"p{n}", INIT, piece) for n, piece in enumerate(pieces_of(SEGMENTS, tail=tail))]
    joined = [answer for answer in answers if answer is not None]
    assert [answer.index for answer in joined] == [0, 1, 2]
    assert joined[-1].pieces == (("p2", "p3") if tail else ("p2",))


def test_more_sound_than_planned_is_refused() -> None:
    assembler = SoundAssembler(SEGMENTS)
    *others, last = pieces_of(SEGMENTS, tail=0)
    for piece in others:
        assembler.add("p", INIT, piece)
    longer = PieceFacts(
        decode_start=last.decode_start, first_offset=0, frames=last.frames + 1, ticks=last.ticks + FRAME
    )
    with pytest.raises(PlanBroken, match="planned were"):
        assembler.add("p", INIT, longer)
