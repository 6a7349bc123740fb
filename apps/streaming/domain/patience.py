"""How long a run of ffmpeg may stand still before it is taken for hung."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from apps.streaming.domain.speed import Pace

# A real hang ends within these: between two segments ffmpeg's own progress counts as life, on a slow machine too.
STALL_MIN_S, STALL_MAX_S = 30.0, 60.0
STALL_FACTOR = 10.0


def stall_limit_s(expected_step_s: float) -> float:
    """Ten times what one segment should take, within bounds."""
    return min(STALL_MAX_S, max(STALL_MIN_S, STALL_FACTOR * expected_step_s))


def encode_step_s(paces: Sequence[Pace], *, segment_s: float, cost: float, cores: int) -> float:
    """Seconds that one segment of every rung of a run should take: as long as lately, else by their ``cost_cores``."""
    known = [step for pace in paces if (step := _step_s(pace)) is not None]
    return max(known) if known else segment_s * cost / cores


def _step_s(pace: Pace) -> float | None:
    """The usual time from one segment to the next; a pause between two units is not usual."""
    steps = [later[0] - earlier[0] for earlier, later in pairwise(pace)]
    return median(steps) if steps else None
