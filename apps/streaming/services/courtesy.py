"""Programs that stand still while somebody looks at a spinner, or while a film that has just come is made playable: on
few cores, niceness alone leaves them too much.

Invariant: whoever stands still goes on after its turn, and works for a while before it stands still again.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.utils import timezone

from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.states import AssetState, UnitKind, UnitState
from apps.streaming.models import WorkUnit
from apps.streaming.services import desk
from apps.streaming.services.demand import SAID_AGAIN_S

LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Turn:
    """How long to stand still at most, and then to work at least."""

    still_s: float
    works_s: float


NEXT, LATER = Turn(12.0, 12.0), Turn(45.0, 15.0)  # the former is wanted within ``AHEAD_S``


@dataclass(slots=True)
class Courtesy:
    """Of the maker of one unit."""

    unit: WorkUnit
    takes_long: bool  # copies are over so soon that they would only be late
    is_still: bool = False
    began_at: float = -math.inf
    looked_at: float = -math.inf

    def stands_still(self) -> bool:
        """To be asked often: the database is asked only while this process works for what comes first."""
        now = monotonic()
        if self.takes_long and self.unit.priority > Priority.WAITING and now - self.looked_at >= LOOK_S:
            self.looked_at = now
            turn = NEXT if self.unit.priority == Priority.SOON else LATER
            is_asked = self._comes_later() and not _is_awaited(self.unit)
            if is_asked and now >= self.began_at + turn.still_s + turn.works_s:
                self.began_at = now
            self.is_still = is_asked and now < self.began_at + turn.still_s
        return self.is_still

    def _comes_later(self) -> bool:
        if desk.serves(Priority.WAITING) and _somebody_waits():
            return True
        return self.unit.priority > Priority.SOON and desk.serves(Priority.SOON) and _something_opens()


def _somebody_waits() -> bool:
    """For a unit at work: what nobody has a thread for yet is not sooner there when others stand still."""
    waiting = WorkUnit.objects.filter(state=UnitState.LEASED, priority=Priority.WAITING)
    return waiting.filter(wanted_at__gt=_lately()).exists()


def _something_opens() -> bool:
    """The beginning of a film that nobody can watch before it is there; other things that come soon need no hurry."""
    made = [UnitKind.VIDEO, UnitKind.AUDIO]  # to scan a file takes its disk, hardly any core
    at_work = WorkUnit.objects.filter(state=UnitState.LEASED, priority=Priority.SOON, kind__in=made)
    return at_work.filter(asset__state=AssetState.PROBING).exists()


def _is_awaited(unit: WorkUnit) -> bool:
    """Somebody waits for what it comes to next, and there is no place for another encoder."""
    later = WorkUnit.objects.filter(pk=unit.pk, priority__gt=Priority.SOON)
    return later.filter(wanted_at__gt=_lately()).exists()


def _lately() -> datetime:
    return timezone.now() - timedelta(seconds=SAID_AGAIN_S)
