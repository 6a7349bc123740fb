"""What one process knows of its room's waits beside the timeline: who cost how much, and what its people just said."""

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
