"""What frames say about a party: how far apart its screens are, and when they are together again. Pure.

A frame is (when it was shown, ms of the clock that all pages of one machine share; its time in the film, s).
"""

import statistics
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

STEP_MS = 40  # about one frame of a film
MAX_FRAME_GAP_MS = 250  # between frames farther apart nobody knows what was shown
AROUND_MS = (
    250  # a screen shows 24 frames/s at 60 moments a second: up to 17 ms late, which averages out over some frames
)
TOGETHER_MS = 100
HOLD_MS = 500  # together for so long means together


@dataclass
class Track:
    """One screen's frames in the order they were shown."""

    times: list[float] = field(default_factory=list)
    places: list[float] = field(default_factory=list)

    def add(self, frames: Sequence[Sequence[float]]) -> None:
        for shown, place in frames:
            if not self.times or shown > self.times[-1]:
                self.times.append(shown)
                self.places.append(place)

    def at(self, moment: float) -> float | None:
        """Where in the film this screen was, in s, on the line between two frames; None when it showed none."""
        right = bisect_left(self.times, moment)
        if not 0 < right < len(self.times):
            return None
        t0, t1 = self.times[right - 1], self.times[right]
        if t1 - t0 > MAX_FRAME_GAP_MS:
            return None
        p0, p1 = self.places[right - 1], self.places[right]
        return p0 + (p1 - p0) * (moment - t0) / (t1 - t0)

    def running_at(self, moment: float) -> float | None:
        """The same of a film that runs, more precisely: the mean of the frames around ``moment``."""
        if self.at(moment) is None:
            return None
        first, last = bisect_left(self.times, moment - AROUND_MS), bisect_left(self.times, moment + AROUND_MS)
        leads = [self.places[n] - self.times[n] / 1000 for n in range(first, last)]
        return moment / 1000 + sum(leads) / len(leads) if leads else None


def moments(since: float, until: float) -> Iterator[float]:
    moment = since
    while moment < until:
        yield moment
        moment += STEP_MS


def spread_ms(places: Sequence[float | None]) -> float | None:
    """Between the first and the last screen; None unless all of them show the film."""
    known = [place for place in places if place is not None]
    return (max(known) - min(known)) * 1000 if len(known) == len(places) else None


def skews_ms(tracks: Sequence[Track], since: float, until: float) -> list[float]:
    """The distance between those two viewers who are farthest apart, at every moment."""
    found = [spread_ms([track.running_at(moment) for track in tracks]) for moment in moments(since, until)]
    return [spread for spread in found if spread is not None]


def together_after_ms(tracks: Sequence[Track], since: float, until: float) -> float | None:
    """How long after ``since`` all screens moved within 100 ms of each other, and stayed so."""
    seen = [(moment, spread_ms([track.at(moment) for track in tracks])) for moment in moments(since, until)]
    return _first_held(seen, since)


def back_after_ms(own: Track, others: Sequence[Track], since: float, until: float) -> float | None:
    """How long after ``since`` one screen was within 100 ms of the middle of the others, and stayed so."""
    seen: list[tuple[float, float | None]] = []
    for moment in moments(since, until):
        place = own.at(moment)
        middle = [other for track in others if (other := track.at(moment)) is not None]
        is_known = place is not None and middle
        seen.append((moment, abs(place - statistics.median(middle)) * 1000 if is_known else None))
    return _first_held(seen, since)


def _first_held(seen: Sequence[tuple[float, float | None]], since: float) -> float | None:
    began: float | None = None
    for moment, distance in seen:
        if distance is None or distance > TOGETHER_MS:
            began = None
            continue
        began = moment if began is None else began
        if moment - began >= HOLD_MS:
            return began - since
    return None
