"""Estimates the offset between two clocks from probes. The same rules run in the browser (clock.ts).

Invariant: an estimate never depends on when it is asked for, only on the probes given.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

KEEP = 48
USABLE_AFTER = 3
BEST_SHARE = 4  # use one probe of four: those with the shortest round trip were delayed least
FLOOR_MOVED = 0.3  # a round-trip floor that moves by 30 % means another network path
FLOOR_WINDOW = 8
FLOOR_NOISE_MS = 6.0  # below this, 30 % of the floor is scheduling noise
STEP_SLACK_MS = 20.0


@dataclass(frozen=True, slots=True)
class Probe:
    """Own clock when sent and when answered; the other clock when it received and when it transmitted. All ms."""

    sent: float
    received: float
    transmitted: float
    answered: float

    @property
    def rtt(self) -> float:
        return (self.answered - self.sent) - (self.transmitted - self.received)

    @property
    def offset(self) -> float:
        """What to add to the own clock; exact when both ways take equally long (NTP, RFC 5905)."""
        return ((self.received - self.sent) + (self.transmitted - self.answered)) / 2


@dataclass
class ClockEstimate:
    keep: int = KEEP
    probes: deque[Probe] = field(default_factory=deque)

    def add(self, probe: Probe) -> bool:
        """Take a probe in; True when a clock was set or the network changed, and the estimate started over."""
        if probe.rtt < 0:  # an own clock that was set back between the two readings
            return False
        is_step = self._is_step(probe)
        if is_step:
            self.probes.clear()
        self.probes.append(probe)
        if len(self.probes) > self.keep:
            self.probes.popleft()
        if not _floor_moved(self.probes):
            return is_step
        recent = list(self.probes)[-FLOOR_WINDOW:]
        self.probes.clear()
        self.probes.extend(recent)
        return True

    def _is_step(self, probe: Probe) -> bool:
        """The true offset lies within rtt/2 of a measured one, so two that are farther apart mean a clock was set."""
        if not self.is_usable:
            return False
        return abs(probe.offset - self.offset()) > (probe.rtt + self.rtt_floor) / 2 + STEP_SLACK_MS

    @property
    def is_usable(self) -> bool:
        return len(self.probes) >= USABLE_AFTER

    @property
    def rtt_floor(self) -> float:
        return min((probe.rtt for probe in self.probes), default=0.0)

    def offset(self) -> float:
        return weighted_offset(self.probes)


def weighted_offset(probes: Iterable[Probe]) -> float:
    """Mean offset of the best quarter by round trip, each weighted by how near it came to the shortest."""
    ranked = sorted(probes, key=lambda probe: probe.rtt)
    best = ranked[: max(1, len(ranked) // BEST_SHARE)]
    if not best:
        return 0.0
    weights = [1.0 / (1.0 + probe.rtt - best[0].rtt) for probe in best]
    return sum(weight * probe.offset for weight, probe in zip(weights, best, strict=True)) / sum(weights)


def _floor_moved(probes: Sequence[Probe]) -> bool:
    """Compare the shortest of the last eight round trips with the shortest of those before."""
    if len(probes) < 2 * FLOOR_WINDOW:
        return False
    ordered = [probe.rtt for probe in probes]
    before, recent = min(ordered[:-FLOOR_WINDOW]), min(ordered[-FLOOR_WINDOW:])
    return abs(recent - before) > max(FLOOR_MOVED * before, FLOOR_NOISE_MS)
