"""Where a film's own time begins in the clock of its container."""

import math

from av.container import InputContainer

from apps.streaming.adapters.probe_child import film_video


def zero_of(container: InputContainer, told: str) -> float:
    """``told`` as a number, or when it is ``nan`` the first picture's time as the container has it, s."""
    value = float(told)
    video = film_video(container)
    if not math.isnan(value):
        return value
    return float(video.start_time * video.time_base) if video and video.start_time and video.time_base else 0.0
