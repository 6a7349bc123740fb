"""Estimates the offset between two clocks from probes. The same rules run in the browser (clock.ts).

Invariant: an estimate depends on nothing but the probes given and, once they tell of a drift, the moment asked for.
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
DRIFT_SPAN_MS = 120_000.0  # over a shorter span a slope says more about the network than about two clocks
DRIFT_MAX = 200e-6  # quartz is within 100 ppm of another; a steeper line is an artefact


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
    def middle(self) -> float:
        """The own clock's moment that the offset belongs to."""
        return (self.sent + self.answered) / 2

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
        return abs(probe.offset - self.offset_at(probe.middle)) > (probe.rtt + self.rtt_floor) / 2 + STEP_SLACK_MS

    @property
    def is_usable(self) -> bool:
        return len(self.probes) >= USABLE_AFTER

    @property
    def rtt_floor(self) -> float:
        return min((probe.rtt for probe in self.probes), default=0.0)

    def offset_at(self, own_ms: float) -> float:
        return fit_offset(self.probes, own_ms)


def fit_offset(probes: Iterable[Probe], own_ms: float) -> float:
    """Offset at ``own_ms`` by the best quarter by round trip, each weighted by how near it came to the shortest.

    Their mean; once they span two minutes, the line of least squares through them.
    """
    ranked = sorted(probes, key=lambda probe: probe.rtt)
    best = ranked[: max(1, len(ranked) // BEST_SHARE)]
    if not best:
        return 0.0
    weights = [1.0 / (1.0 + probe.rtt - best[0].rtt) for probe in best]
    offset = _mean([probe.offset for probe in best], weights)
    moments = [probe.middle for probe in best]
    if max(moments) - min(moments) < DRIFT_SPAN_MS:
        return offset
    centre = _mean(moments, weights)
    spread = _mean([(moment - centre) ** 2 for moment in moments], weights)
    together = _mean([(probe.middle - centre) * (probe.offset - offset) for probe in best], weights)
    drift = min(max(together / spread, -DRIFT_MAX), DRIFT_MAX)
    return offset + drift * (own_ms - centre)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _floor_moved(probes: Sequence[Probe]) -> bool:
    """Compare the shortest of the last eight round trips with the shortest of those before."""
    if len(probes) < 2 * FLOOR_WINDOW:
        return False
    ordered = [probe.rtt for probe in probes]
    before, recent = min(ordered[:-FLOOR_WINDOW]), min(ordered[-FLOOR_WINDOW:])
    return abs(recent - before) > max(FLOOR_MOVED * before, FLOOR_NOISE_MS)
