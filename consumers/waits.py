"""What one process knows of its room's waits beside the timeline: who cost how much, and what its people just said."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.rooms.domain.patience import Ledger
from consumers.background import OneAtATime


@dataclass
class Waits:
    """Said since the last look: ``late``, who is not ready for which start; ``done``, who is ready for which wait."""

    ledger: Ledger = field(default_factory=Ledger)
    late: dict[str, str] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    minding: OneAtATime = field(default_factory=OneAtATime)
    quiet_until_s: float = 0.0
    source_looking: OneAtATime = field(default_factory=OneAtATime)
    source_at_s: float = 0.0
    source_rev: int = -1

    def put_back(self, late: Mapping[str, str], done: Mapping[str, str]) -> None:
        """What could not be acted upon is said still, except by those who have said something else since."""
        since = self.late.keys() | self.done.keys()
        self.late |= {uid: bid for uid, bid in late.items() if uid not in since}
        self.done |= {uid: bid for uid, bid in done.items() if uid not in since}
