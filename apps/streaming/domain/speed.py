"""How fast a rendition is made and when it will be whole, from the segments that were published and when.

A pace is a list of ``[unix time, seconds of film]``, one entry per published segment, oldest first.
"""

from collections.abc import Sequence

PACE_KEPT = 16  # about a minute of film: the speed of now, not of an hour ago
IDLE_S = 60.0  # after a pause as long as this the past says nothing; also how long a speed is believed

Pace = Sequence[Sequence[float]]


def with_pace(pace: Pace, now_s: float, film_s: float) -> list[list[float]]:
    """The pace after one more segment; a pause, or a clock that was set back, begins it anew."""
    is_fresh = bool(pace) and 0 <= now_s - pace[-1][0] <= IDLE_S
    kept = [list(entry) for entry in pace[-(PACE_KEPT - 1) :]] if is_fresh else []
    return [*kept, [now_s, film_s]]


def speed(pace: Pace, now_s: float) -> float | None:
    """Seconds of film per second, or None while nothing is made or too little is known."""
    if len(pace) < 2 or not 0 <= now_s - pace[-1][0] <= IDLE_S:
        return None
    # The first entry only marks the beginning; a standstill since the last one counts once it is longer than a step.
    film_s = sum(entry[1] for entry in pace[1:])
    made_s = pace[-1][0] - pace[0][0]
    step_s = made_s / (len(pace) - 1)
    spent_s = made_s + max(0.0, now_s - pace[-1][0] - step_s)
    return film_s / spent_s if spent_s > 0 else None


def eta_s(missing_s: float, at_speed: float | None) -> float | None:
    """Seconds until the rest is made, or None when the speed is not known."""
    if missing_s <= 0:
        return 0.0
    return missing_s / at_speed if at_speed else None
