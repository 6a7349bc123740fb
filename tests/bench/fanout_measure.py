"""One server, one layout of rooms: what a delivery costs, how many it manages, what a viewer costs who only listens."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.bench.fanout_dialects import Seat
from tests.bench.fanout_load import P99_MS, Crowd, Step, resident_kib
from tests.bench.fanout_servers import Contestant, Layout

RAISE, LOWER = 1.2, 0.5
LOWEST = 250.0  # deliveries per second
STEPS_MAX = 16
WARM_UP = 20
SETTLE_S = 2.0
BUSY_SHARE = 0.93


@dataclass
class Found:
    """Of one server in one layout. ``steady``: a moderate rate; ``held``: by rate, what it kept up with."""

    steady: Step
    held: dict[int, Step]
    accepted_per_s: float
    idle_kib: float
    limit: str

    @property
    def best(self) -> Step | None:
        return self.held[max(self.held)] if self.held else None


def measure(contestant: Contestant, layout: Layout, seconds: float) -> Found:
    gathering = contestant.gather(layout)
    with gathering.opened() as crowd:
        accepted_per_s, idle_kib = fill(crowd, gathering.batches)
        steps = climb(crowd, contestant.first_rate(layout), contestant.per_broadcast(layout), seconds)
        held = {rate: step for rate, step in steps if step.is_held}
        last = steps[-1][1]
        limit = "" if last.is_held else _limit(last)
        return Found(held[min(held)] if held else steps[0][1], held, accepted_per_s, idle_kib, limit)


def climb(crowd: Crowd, rate: float, per_broadcast: int, seconds: float) -> list[tuple[int, Step]]:
    """From ``rate`` up to the first that is not held; from one that is not held itself, down to one that is."""
    steps = [(round(rate), crowd.step(rate, per_broadcast, seconds))]
    is_held = steps[0][1].is_held
    factor = RAISE if is_held else LOWER
    while len(steps) < STEPS_MAX and rate > LOWEST and steps[-1][1].is_held == is_held:
        rate *= factor
        crowd.rest(seconds if rate / per_broadcast > len(crowd.viewers) else SETTLE_S)  # one frame a second each
        steps.append((round(rate), crowd.step(rate, per_broadcast, seconds)))
    return steps


def fill(crowd: Crowd, batches: Iterable[list[Seat]]) -> tuple[float, float]:
    """(viewers let in per second, KiB for each): counted from the first few on, who wake up what starts late."""
    count, took_s, before = 0, 0.0, 0.0
    for batch in batches:
        early, late = ([], batch) if before else (batch[:WARM_UP], batch[WARM_UP:])
        if early:
            crowd.open(early)
            crowd.rest(SETTLE_S)
            before = resident_kib(crowd.pid)
        took_s += len(late) / crowd.open(late)
        count += len(late)
    crowd.rest(SETTLE_S)
    return count / took_s, (resident_kib(crowd.pid) - before) / count


def _limit(step: Step) -> str:
    """Why a rate was not held."""
    if step.load_share > BUSY_SHARE:
        return "load"
    if step.refused:
        return "refused"
    return "late" if step.p99_ms > P99_MS else "missing"
