"""How long a run of ffmpeg may stand still before it is taken for hung."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from apps.streaming.domain.speed import Pace

# A real hang ends within these: between two segments ffmpeg's own progress counts as life, on a slow machine too.
STALL_MIN_S, STALL_MAX_S = 30.0, 60.0
STALL_FACTOR = 10.0
OWN_SHARE = 0.5  # of a core: who gets less of one while it wants more is kept from working by others
KEPT_FACTOR = 10.0  # by the clock, whatever kept it


@dataclass(frozen=True, slots=True)
class Vitals:
    """Of a program as a whole, since it began."""

    cpu_s: float
    read_bytes: int
    is_held: bool  # a thread of it wants a core, or waits for a disk


@dataclass(slots=True)
class Patience:
    """With one run, from one sign of life to the next. Times in seconds of any steady clock.

    Time in which it could not work counts for nothing: others had the cores (films made ahead yield to people who
    wait), or it waited for what it reads. All of it together has an end, too.
    """

    limit_s: float
    alive_at: float
    used_s: float = 0.0
    looked_at: float = 0.0
    last: Vitals | None = None

    def note_life(self, now: float) -> None:
        self.alive_at, self.used_s, self.last = now, 0.0, None

    def is_over(self, now: float, vitals: Vitals | None) -> bool:
        """Look at it again; the more often, the better what kept it is told from what it did."""
        since, self.looked_at = max(self.alive_at, self.looked_at), now
        if not (vitals and self.last and _is_kept(self.last, vitals, now - since)):
            self.used_s += now - since
        self.last = vitals
        return self.used_s > self.limit_s or now - self.alive_at > KEPT_FACTOR * self.limit_s


def _is_kept(before: Vitals, after: Vitals, passed_s: float) -> bool:
    is_busy = after.cpu_s - before.cpu_s >= OWN_SHARE * passed_s
    return not is_busy and (after.is_held or after.read_bytes > before.read_bytes)


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
