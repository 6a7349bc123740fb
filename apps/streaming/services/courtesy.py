"""Programs that stand still while somebody looks at a spinner: on few cores, niceness alone leaves them too much.

Invariant: whoever stands still goes on after ``STILL_MAX_S``, and works as long before it stands still again.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.utils import timezone

from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.states import UnitState
from apps.streaming.models import WorkUnit
from apps.streaming.services import desk
from apps.streaming.services.demand import SAID_AGAIN_S

STILL_MAX_S = 12.0
LOOK_S = 0.5


@dataclass(slots=True)
class Courtesy:
    """Of the maker of one unit."""

    unit: WorkUnit
    is_encode: bool  # all else takes so little that it would only be late
    is_still: bool = False
    began_at: float = -math.inf
    looked_at: float = -math.inf

    def stands_still(self) -> bool:
        """To be asked often: the database is asked only while this process serves somebody who waits."""
        now = monotonic()
        if self.is_encode and self.unit.priority > Priority.WAITING and now - self.looked_at >= LOOK_S:
            self.looked_at = now
            is_asked = desk.serves_waiting() and _somebody_waits()
            if is_asked and now >= self.began_at + 2 * STILL_MAX_S:
                self.began_at = now
            self.is_still = is_asked and now < self.began_at + STILL_MAX_S
        return self.is_still


def _somebody_waits() -> bool:
    """For a unit at work: what nobody has a thread for yet is not sooner there when others stand still."""
    lately = timezone.now() - timedelta(seconds=SAID_AGAIN_S)
    waiting = WorkUnit.objects.filter(state=UnitState.LEASED, priority=Priority.WAITING)
    return waiting.filter(wanted_at__gt=lately).exists()
